import Bus
import Contracts
import Foundation
import Hummingbird

/// What a product shows of the live feed, and what it takes from live connections.
package protocol LiveSurface: Sendable {
    /// Shows the entries of a page, one for each; nil where what it tells of was deleted since.
    /// - Throws: when something cannot be asked now: it is tried again.
    func frames(of page: FeedPage, in workspaceID: WorkspaceID, asking asker: LiveAsker) async throws -> [LiveFrame?]

    /// The figures of this moment.
    func metrics(asking asker: LiveAsker) async throws -> LiveFrame

    /// Answers a frame that a client has sent.
    /// - Returns: false for a type that nobody knows.
    /// - Throws: a `Fault`, which the client is told.
    func receive(_ type: String, _ fields: JSONFields, in dialogue: LiveDialogue) async throws -> Bool
}

/// Asks services in somebody's name.
package struct LiveAsker: Sendable {
    let bus: any Asking
    package let caller: Caller

    package init(bus: any Asking, caller: Caller) {
        self.bus = bus
        self.caller = caller
    }

    package func ask<Request: BusRequest>(_ request: Request) async throws -> Request.Reply {
        try await bus.ask(request, as: caller)
    }
}

/// One message to a client, without its number.
package struct LiveFrame: Sendable, Equatable {
    package let type: String
    package let at: Timestamp
    /// JSON.
    package let data: ByteBuffer

    package init(_ type: String, at: Timestamp, data: (inout JSONWriter) -> Void) {
        self.type = type
        self.at = at
        self.data = JSONWriter.object(data)
    }

    /// As it goes over the wire.
    /// - Parameter number: its own, or the current one for a frame that is not numbered.
    func encoded(number: Int) -> ByteBuffer {
        var payload = ByteBufferAllocator().buffer(capacity: data.readableBytes + 128)
        payload.writeString("{\"type\":\"\(type)\",\"data\":")
        payload.writeImmutableBuffer(data)
        payload.writeString(",\"timestamp\":\"\(at.text)\",\"seq\":\(number)}")
        return WireFrame.text(payload)
    }

    /// A refusal of something that the client has sent, or of the client.
    static func error(_ fault: Fault) -> LiveFrame {
        LiveFrame("error", at: .now()) { json in
            json.field("code", DefaultRefusal.code(of: fault))
            json.field("message", fault.message)
            if let field = fault.field { json.field("field", field) }
            if let seconds = fault.retryAfterSeconds { json.field("retry_after", seconds) }
        }
    }

    /// What was missed cannot be sent again: everything is to be read anew.
    static func resync(_ reason: String) -> LiveFrame {
        LiveFrame("resync", at: .now()) { $0.field("reason", reason) }
    }
}

/// A frame made for all, and its number in the feed; 0 for one that has none.
struct NumberedFrame: Sendable {
    let number: Int
    let bytes: ByteBuffer
}

extension FeedEntry {
    /// An id that is the entry's own, and the same whenever and wherever it is shown.
    package func identity(in workspaceID: WorkspaceID) -> UUID {
        .version8(of: "\(workspaceID) \(number)")
    }
}
