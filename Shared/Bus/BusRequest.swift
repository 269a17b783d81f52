/// A question to the service that owns its subject, and the type of the answer.
///
/// The asker sends it with `Asking.ask`; the owner answers it with `Serving.serve`. A failure is a `Fault`.
package protocol BusRequest: BusMessage {
    associatedtype Reply: BusMessage
    static var subject: Subject { get }
    /// Which work is let in first when a service has more than it can do.
    static var priority: AdmissionPriority { get }
    /// Whether asking twice does no more than asking once, so that the bus may ask another process when one dies.
    static var isRepeatable: Bool { get }
}

extension BusRequest {
    package static var priority: AdmissionPriority { .read }
    package static var isRepeatable: Bool { false }
}

/// Who goes first under overload: ingestion, then reads, then statistics.
package enum AdmissionPriority: UInt8, Sendable, CaseIterable, Comparable {
    case ingest = 0
    case read = 1
    case statistics = 2

    package static func < (left: AdmissionPriority, right: AdmissionPriority) -> Bool {
        left.rawValue < right.rawValue
    }
}

/// News that is published to whoever listens. It may be lost: the event log is the truth, this only saves waiting.
package protocol BusNotice: BusMessage {
    static var subject: Subject { get }
}

/// A reply that says nothing but that the work is done.
package struct Done: BusMessage, Equatable {
    package init() {}
    package init(from reader: inout MessageReader) throws {}
    package func write(to writer: inout MessageWriter) {}
}
