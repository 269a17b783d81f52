import Bus

/// Whether a service is there and has its database.
/// - Faults: `.unavailable` while PostgreSQL does not answer.
package struct Ping<Owner: EventOwner>: BusRequest {
    package static var subject: Subject { Subject("\(Owner.name).ping.v1") }
    package static var isRepeatable: Bool { true }
    package typealias Reply = Done

    package init() {}
    package init(from reader: inout MessageReader) throws {}
    package func write(to writer: inout MessageWriter) {}
}

/// The log of the analytics service's events.
package enum AnalyticsEvents: EventOwner {
    package static let name = "analytics"
}
