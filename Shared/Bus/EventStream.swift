import Foundation

/// An event as its owner can store it: a fact with a version in its kind, in the binary form of a message.
package protocol LoggedEvent: BusMessage {
    /// `<noun>-<verb>.v<n>`, unique within the owner.
    static var kind: String { get }
}

/// A service that logs events. Its log has a fixed number of partitions; within one, numbers start at 1, have no gap, and
/// their order is the order of the commits.
package protocol EventOwner: Sendable {
    static var name: String { get }
}

/// How every owner's log is partitioned.
package enum EventPartition {
    /// Fixed by the first migration of every owner.
    package static let count = 16

    /// The partition of everything that a workspace does: the last four bits of its id.
    package static func of(_ workspaceID: UUID) -> Int {
        Int(workspaceID.uuid.15 & 15)
    }
}

/// One entry of an owner's log.
package struct EventRecord: BusMessage, Equatable {
    package var partition: Int
    /// 1 or more, without gaps within the partition.
    package var number: Int
    package var workspaceID: UUID
    package var kind: String
    package var payload: [UInt8]
    /// W3C `traceparent` of the request that caused it.
    package var traceparent: String?

    package init(
        partition: Int, number: Int, workspaceID: UUID, kind: String, payload: [UInt8], traceparent: String? = nil
    ) {
        self.partition = partition
        self.number = number
        self.workspaceID = workspaceID
        self.kind = kind
        self.payload = payload
        self.traceparent = traceparent
    }

    package init(from reader: inout MessageReader) throws {
        partition = Int(try reader.read(UInt8.self))
        number = try reader.read()
        workspaceID = try reader.read()
        kind = try reader.read()
        payload = try reader.read([UInt8].self)
        traceparent = try reader.readOptional(String.self)
    }

    package func write(to writer: inout MessageWriter) {
        writer.write(UInt8(truncatingIfNeeded: partition))
        writer.write(number)
        writer.write(workspaceID)
        writer.write(kind)
        writer.write(payload)
        writer.write(optional: traceparent)
    }

    /// The event, if it is of this kind.
    /// - Throws: `MalformedMessage` when the kind fits and the payload does not.
    package func event<Event: LoggedEvent>(_ type: Event.Type) throws -> Event? {
        kind == Event.kind ? try Event.decoded(from: payload) : nil
    }
}

/// Asks an owner for what comes after a position in each partition, in order within a partition.
package struct EventsAfter<Owner: EventOwner>: BusRequest {
    package static var subject: Subject { Subject("\(Owner.name).events-after.v1") }
    package static var isRepeatable: Bool { true }
    package typealias Reply = EventBatch

    /// The last number seen of each partition, `EventPartition.count` of them; 0 for the start.
    package var positions: [Int]
    /// At most this many events, 1–4096.
    package var limit: Int

    package init(positions: [Int], limit: Int) {
        self.positions = positions
        self.limit = limit
    }

    package init(from reader: inout MessageReader) throws {
        let count = Int(try reader.read(UInt8.self))
        positions = try (0..<count).map { _ in try reader.read(Int.self) }
        limit = try reader.read()
    }

    package func write(to writer: inout MessageWriter) {
        writer.write(UInt8(truncatingIfNeeded: positions.count))
        for position in positions { writer.write(position) }
        writer.write(limit)
    }
}

/// Events after the asked positions; empty when there is nothing new.
package struct EventBatch: BusMessage {
    package var events: [EventRecord]

    package init(events: [EventRecord]) {
        self.events = events
    }

    package init(from reader: inout MessageReader) throws {
        events = try reader.read([EventRecord].self)
    }

    package func write(to writer: inout MessageWriter) {
        writer.write(events)
    }
}

/// News that an owner's partition has grown. Losing it costs a consumer one polling interval.
package struct EventsRecorded<Owner: EventOwner>: BusNotice {
    package static var subject: Subject { Subject("\(Owner.name).events-recorded.v1") }

    package var partition: Int

    package init(partition: Int) {
        self.partition = partition
    }

    package init(from reader: inout MessageReader) throws {
        partition = Int(try reader.read(UInt8.self))
    }

    package func write(to writer: inout MessageWriter) {
        writer.write(UInt8(truncatingIfNeeded: partition))
    }
}
