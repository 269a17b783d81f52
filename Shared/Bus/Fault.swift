/// The one failure that crosses the bus.
///
/// `message` is for the user of the API. Causes are logged where they happen and never travel.
package struct Fault: Error, Sendable, Equatable, CustomStringConvertible {
    package var kind: Kind
    /// An entry of the catalogue of codes (`FaultCode` in Contracts).
    package var code: String
    package var message: String
    /// The input field that is wrong, in the words of the contract, for example `duration_seconds`.
    package var field: String?
    /// After how many milliseconds a retry makes sense; nil where the asker may choose.
    package var retryAfterMS: Int?

    package init(
        kind: Kind, code: String, message: String, field: String? = nil, retryAfterMS: Int? = nil
    ) {
        self.kind = kind
        self.code = code
        self.message = message
        self.field = field
        self.retryAfterMS = retryAfterMS
    }

    /// What went wrong, as far as the asker must tell cases apart.
    package enum Kind: UInt8, Sendable, CaseIterable {
        /// The input is wrong.
        case invalid = 0
        /// Who asks is not known.
        case unauthenticated = 1
        /// Who asks may not do this.
        case forbidden = 2
        /// There is no such thing for this asker.
        case notFound = 3
        /// The state does not allow it.
        case conflict = 4
        /// The same idempotency key or id came with another body.
        case mismatch = 5
        /// The same idempotency key is still being worked on.
        case stillRunning = 6
        /// A condition of the request does not hold.
        case preconditionFailed = 7
        /// The input is larger than allowed.
        case tooLarge = 8
        /// The asker is over its quota.
        case tooMany = 9
        /// Something needed is down; nothing was stored unless the message says that the outcome is unknown.
        case unavailable = 10
        /// More work than can be done now; nothing was stored.
        case overloaded = 11
        /// The deadline passed; the outcome is unknown.
        case deadlinePassed = 12
        /// A defect.
        case unexpected = 13
    }

    package var description: String { "\(kind) \(code): \(message)" }
}

extension Fault: BusMessage {
    package init(from reader: inout MessageReader) throws {
        let number = try reader.read(UInt8.self)
        guard let kind = Kind(rawValue: number) else { throw MalformedMessage("\(number) is no kind of fault") }
        self.init(
            kind: kind, code: try reader.read(), message: try reader.read(),
            field: try reader.readOptional(String.self),
            retryAfterMS: try reader.readOptional(Int.self))
    }

    package func write(to writer: inout MessageWriter) {
        writer.write(kind.rawValue)
        writer.write(code)
        writer.write(message)
        writer.write(optional: field)
        writer.write(optional: retryAfterMS)
    }
}

extension Fault {
    /// No live process answers for this owner.
    package static func unreachable(_ owner: String) -> Fault {
        Fault(
            kind: .unavailable, code: "unavailable", message: "The service is not available. Try again shortly.",
            field: nil, retryAfterMS: 1000)
    }

    /// No answer came in time: the work may or may not have been done.
    package static func deadlinePassed() -> Fault {
        Fault(
            kind: .deadlinePassed, code: "outcomeUnknown", message: "Outcome unknown, retry with the same key.",
            retryAfterMS: 1000)
    }

    /// A bounded queue is full; nothing was done.
    package static func overloaded() -> Fault {
        Fault(
            kind: .overloaded, code: "overloaded", message: "The service is busy. Try again shortly.",
            retryAfterMS: 1000)
    }

    /// A defect: what happened is in the log of the service where it happened.
    package static func unexpected() -> Fault {
        Fault(kind: .unexpected, code: "unexpected", message: "Internal server error")
    }
}
