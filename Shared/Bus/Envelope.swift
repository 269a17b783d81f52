/// What stands before the payload of a question.
///
/// Form: version, kind, correlation, milliseconds left until the deadline (clocks of hosts differ, so no absolute time
/// travels), subject, request id, trace, caller.
package struct RequestHeader: BusMessage, Equatable {
    /// Chosen by the asker; the answer repeats it.
    package var correlation: UInt64
    package var budgetMS: UInt32
    package var subject: String
    package var requestID: String
    package var traceparent: String?
    package var caller: Caller

    package init(
        correlation: UInt64, budgetMS: UInt32, subject: String, requestID: String, traceparent: String?, caller: Caller
    ) {
        self.correlation = correlation
        self.budgetMS = budgetMS
        self.subject = subject
        self.requestID = requestID
        self.traceparent = traceparent
        self.caller = caller
    }

    /// - Throws: `MalformedMessage` for anything that is not a request of this version.
    package init(from reader: inout MessageReader) throws {
        guard try WireVersion.kind(of: &reader) == .request else { throw MalformedMessage("not a request") }
        correlation = try reader.read()
        budgetMS = try reader.read()
        subject = try reader.read()
        requestID = try reader.read()
        traceparent = try reader.readOptional(String.self)
        caller = try reader.read()
    }

    package func write(to writer: inout MessageWriter) {
        writer.write(WireVersion.current)
        writer.write(WireKind.request.rawValue)
        writer.write(correlation)
        writer.write(budgetMS)
        writer.write(subject)
        writer.write(requestID)
        writer.write(optional: traceparent)
        writer.write(caller)
    }

    /// The whole question in one allocation if it is small.
    package func encoded(with message: some BusMessage) -> [UInt8] {
        var writer = MessageWriter(reserving: 512)
        write(to: &writer)
        message.write(to: &writer)
        return writer.bytes
    }
}

/// A question as it stands on the wire: the header, then the payload to the end.
package struct RequestEnvelope: Sendable, Equatable {
    package var header: RequestHeader
    package var payload: [UInt8]

    package init(header: RequestHeader, payload: [UInt8]) {
        self.header = header
        self.payload = payload
    }

    package func encoded() -> [UInt8] {
        var writer = MessageWriter(reserving: payload.count + 192)
        header.write(to: &writer)
        writer.append(rest: payload)
        return writer.bytes
    }

    /// - Throws: `MalformedMessage` for anything that is not a request of this version.
    package init(decoding bytes: [UInt8]) throws {
        var reader = MessageReader(bytes)
        header = try RequestHeader(from: &reader)
        payload = reader.readRest()
    }
}

/// An answer as it stands on the wire: version, kind, correlation, then the reply or the fault to the end.
package struct ReplyEnvelope: Sendable {
    package var correlation: UInt64
    package var result: Result<[UInt8], Fault>

    package init(correlation: UInt64, result: Result<[UInt8], Fault>) {
        self.correlation = correlation
        self.result = result
    }

    package func encoded() -> [UInt8] {
        var writer = MessageWriter(reserving: (try? result.get().count).map { $0 + 16 } ?? 256)
        writer.write(WireVersion.current)
        switch result {
        case .success(let payload):
            writer.write(WireKind.reply.rawValue)
            writer.write(correlation)
            writer.append(rest: payload)
        case .failure(let fault):
            writer.write(WireKind.fault.rawValue)
            writer.write(correlation)
            writer.write(fault)
        }
        return writer.bytes
    }

    /// - Throws: `MalformedMessage` for anything that is not an answer of this version.
    package init(decoding bytes: [UInt8]) throws {
        var reader = MessageReader(bytes)
        switch try WireVersion.kind(of: &reader) {
        case .reply:
            correlation = try reader.read()
            result = .success(reader.readRest())
        case .fault:
            correlation = try reader.read()
            result = .failure(try reader.read(Fault.self))
        default:
            throw MalformedMessage("not an answer")
        }
    }
}

/// What stands in the second byte of every message.
package enum WireKind: UInt8, Sendable {
    case request = 1
    case reply = 2
    case fault = 3
    case notice = 4
    /// The answering process is stopping: send nothing new to it.
    case draining = 5
    /// Is anybody there? Asked of an answering process, which says `alive` at once.
    case ping = 6
    case alive = 7
}

package enum WireVersion {
    package static let current: UInt8 = 1

    /// Reads the first two bytes.
    package static func kind(of reader: inout MessageReader) throws -> WireKind {
        let version = try reader.read(UInt8.self)
        guard version == current else { throw MalformedMessage("version \(version) of the bus is not spoken here") }
        let kind = try reader.read(UInt8.self)
        guard let kind = WireKind(rawValue: kind) else { throw MalformedMessage("\(kind) is no kind of message") }
        return kind
    }
}
