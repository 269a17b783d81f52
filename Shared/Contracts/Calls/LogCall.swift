import Bus
import Foundation

/// Store a finished call.
/// - Faults: `.clientIDRequired`, `.clientNotFound`, `.inputInvalid`, `.keyReused` (the id or the key stands for
///   another body), `.overloaded` (nothing stored), `.outcomeUnknown` (retry with the same id).
package struct LogCall: BusRequest, Equatable {
    package static let subject: Subject = "calls.log-call.v1"
    package static let priority = AdmissionPriority.ingest
    package static let isRepeatable = true
    package typealias Reply = LoggedCall

    /// Chosen by the asker, so that a retried ask cannot store a second call.
    package var id: CallID
    /// What the request's idempotency key stands for; no second call is ever stored under it.
    package var keyID: CallID?
    package var clientID: ClientID
    /// As given, at most 64 characters; empty when not known.
    package var callerPhone: String
    /// At most 200 characters; empty when not known.
    package var callerName: String
    /// 0 … 31 days.
    package var durationMS: Int
    package var latencies: ComponentLatencies
    /// At most 512 KiB.
    package var transcript: String
    package var sentiment: Sentiment
    package var success: Bool
    /// At most 2048 characters.
    package var recordingURL: String?
    /// At most 16 384 characters.
    package var notes: String?
    /// When it was held, not in the future; nil: now.
    package var createdAt: Timestamp?

    package init(
        id: CallID, keyID: CallID? = nil, clientID: ClientID, callerPhone: String = "", callerName: String = "",
        durationMS: Int = 0,
        latencies: ComponentLatencies = ComponentLatencies(), transcript: String = "",
        sentiment: Sentiment = .neutral, success: Bool = true, recordingURL: String? = nil, notes: String? = nil,
        createdAt: Timestamp? = nil
    ) {
        self.id = id
        self.keyID = keyID
        self.clientID = clientID
        self.callerPhone = callerPhone
        self.callerName = callerName
        self.durationMS = durationMS
        self.latencies = latencies
        self.transcript = transcript
        self.sentiment = sentiment
        self.success = success
        self.recordingURL = recordingURL
        self.notes = notes
        self.createdAt = createdAt
    }

    package init(from reader: inout MessageReader) throws {
        id = try reader.read()
        keyID = try reader.readOptional(CallID.self)
        clientID = try reader.read()
        callerPhone = try reader.read()
        callerName = try reader.read()
        durationMS = try reader.read()
        latencies = ComponentLatencies(
            sttMicros: try reader.readOptional(Int.self), llmMicros: try reader.readOptional(Int.self),
            ttsMicros: try reader.readOptional(Int.self))
        transcript = try reader.read()
        sentiment = try reader.readCase()
        success = try reader.read()
        recordingURL = try reader.readOptional(String.self)
        notes = try reader.readOptional(String.self)
        createdAt = try reader.readOptional(Timestamp.self)
    }

    package func write(to writer: inout MessageWriter) {
        writer.write(id)
        writer.write(optional: keyID)
        writeContent(to: &writer)
    }

    /// All but what identifies the request.
    package func writeContent(to writer: inout MessageWriter) {
        writer.write(clientID)
        writer.write(callerPhone)
        writer.write(callerName)
        writer.write(durationMS)
        writer.write(optional: latencies.sttMicros)
        writer.write(optional: latencies.llmMicros)
        writer.write(optional: latencies.ttsMicros)
        writer.write(transcript)
        writer.write(case: sentiment)
        writer.write(success)
        writer.write(optional: recordingURL)
        writer.write(optional: notes)
        writer.write(optional: createdAt)
    }
}

/// A call that is stored.
package struct LoggedCall: BusMessage, Equatable {
    package var id: CallID
    /// Nil for a call without a client.
    package var clientID: ClientID?
    package var createdAt: Timestamp
    /// It had been stored before, by the same request.
    package var isReplayed: Bool

    package init(id: CallID, clientID: ClientID?, createdAt: Timestamp, isReplayed: Bool) {
        self.id = id
        self.clientID = clientID
        self.createdAt = createdAt
        self.isReplayed = isReplayed
    }

    package init(from reader: inout MessageReader) throws {
        id = try reader.read()
        clientID = try reader.readOptional(ClientID.self)
        createdAt = try reader.read()
        isReplayed = try reader.read()
    }

    package func write(to writer: inout MessageWriter) {
        writer.write(id)
        writer.write(optional: clientID)
        writer.write(createdAt)
        writer.write(isReplayed)
    }
}

/// Store several finished calls, each on its own.
/// - Faults: those that concern all of them; what is wrong with one stands in its result.
package struct LogCalls: BusRequest {
    package static let subject: Subject = "calls.log-calls.v1"
    package static let priority = AdmissionPriority.ingest
    package static let isRepeatable = true
    package typealias Reply = LoggedCalls

    /// 1–1000.
    package var calls: [LogCall]

    package init(calls: [LogCall]) {
        self.calls = calls
    }

    package init(from reader: inout MessageReader) throws {
        calls = try reader.read([LogCall].self)
    }

    package func write(to writer: inout MessageWriter) {
        writer.write(calls)
    }
}

/// A result for each call of a `LogCalls`, in its order.
package struct LoggedCalls: BusMessage {
    package var results: [Result<LoggedCall, Fault>]

    package init(results: [Result<LoggedCall, Fault>]) {
        self.results = results
    }

    package init(from reader: inout MessageReader) throws {
        let count = Int(try reader.read(UInt32.self))
        results = []
        for _ in 0..<count {
            if try reader.read(Bool.self) {
                results.append(.success(try reader.read(LoggedCall.self)))
            } else {
                results.append(.failure(try reader.read(Fault.self)))
            }
        }
    }

    package func write(to writer: inout MessageWriter) {
        writer.write(UInt32(results.count))
        for result in results {
            switch result {
            case .success(let call):
                writer.write(true)
                writer.write(call)
            case .failure(let fault):
                writer.write(false)
                writer.write(fault)
            }
        }
    }
}
