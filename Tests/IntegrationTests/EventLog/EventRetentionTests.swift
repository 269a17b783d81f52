import Bus
import Contracts
import EventLog
import Foundation
import Postgres
import Testing

struct EventRetentionTests {
    private let workspace = UUID(uuid: (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 5))

    private func append(_ count: Int, _ database: ServiceDatabase) async throws {
        for number in 1...count {
            try await database.database.transaction(workspaces: [workspace]) { transaction in
                let event = CallChanged(id: CallID(UUID()), version: number, before: nil, after: nil)
                try await transaction.append(event, workspaceID: workspace, to: "calls")
            }
        }
    }

    private func age(_ numbers: ClosedRange<Int>, _ owner: Database) async throws {
        try await owner.query(
            """
            UPDATE calls.events SET recorded_at = now() - interval '15 days'
            WHERE number BETWEEN \(numbers.lowerBound) AND \(numbers.upperBound)
            """)
    }

    private func positions(_ number: Int) -> [Int] {
        var positions = [Int](repeating: 0, count: EventPartition.count)
        positions[5] = number
        return positions
    }

    private func numbers(_ database: ServiceDatabase) async throws -> [Int] {
        let rows = try await database.jobs.query("SELECT number FROM calls.events ORDER BY number")
        return try rows.map { try $0.decode(at: 0) }
    }

    @Test func `an event goes when it is old and every reader has passed it`() async throws {
        try await ServiceDatabase.with([.forCalls]) { services, owner in
            let calls = try #require(services["calls"])
            try await append(10, calls)
            try await age(1...6, owner)
            let retention = EventRetention(database: calls.jobs, schema: "calls")
            #expect(try await retention.sweep() == 0)
            try await retention.note("analytics", at: positions(8))
            try await retention.note("billing", at: positions(4))
            try await retention.note("gateway", at: positions(0))
            #expect(try await retention.sweep() == 4)
            #expect(try await numbers(calls) == Array(5...10))
            try await owner.query(
                "UPDATE calls.event_readers SET seen_at = now() - interval '31 days' WHERE reader = 'billing'")
            #expect(try await retention.sweep() == 2)
            #expect(try await numbers(calls) == Array(7...10))
        }
    }

    @Test func `asking for events notes how far the reader is`() async throws {
        try await ServiceDatabase.with([.forCalls]) { services, owner in
            let calls = try #require(services["calls"])
            try await append(3, calls)
            let reader = EventReader(database: calls.jobs, schema: "calls")
            let batch = try await reader.answer(
                EventsAfter<CallsEvents>(positions: positions(2), limit: 10), from: .service("analytics"))
            #expect(batch.events.map(\.number) == [3])
            let noted = try await owner.query(
                "SELECT number FROM calls.event_readers WHERE reader = 'analytics' AND partition = 5")
            #expect(try noted.one()?.decode(Int.self, at: 0) == 2)
            await #expect(throws: Fault.self) {
                try await reader.answer(EventsAfter<CallsEvents>(positions: positions(0), limit: 10), from: .anonymous)
            }
        }
    }
}
