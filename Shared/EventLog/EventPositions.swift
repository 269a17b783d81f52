import Bus
import Postgres

/// How far a consumer has worked through an owner's log, moved in the transaction that holds the work.
package struct EventPositions: Sendable {
    private let schema: String
    private let owner: String

    /// - Parameters:
    ///   - schema: the consumer's.
    ///   - owner: whose log it follows.
    package init(schema: String, owner: String) {
        self.schema = schema
        self.owner = owner
    }

    /// Zeros where nothing was worked on yet.
    package func load(from database: Database) async throws -> [Int] {
        let rows = try await database.query(
            "SELECT partition, number FROM \(unsafe: schema).event_positions WHERE owner = \(owner)")
        var positions = [Int](repeating: 0, count: EventPartition.count)
        for row in rows { positions[Int(try row.decode(Int16.self, at: 0))] = try row.decode(at: 1) }
        return positions
    }

    /// Locks the position of each partition that the batch touches and checks that nobody has moved it. Before the work.
    /// - Throws: `EventPositionsMoved` when another process was faster: load anew.
    package func lock(for batch: [EventRecord], at expected: [Int], in transaction: Transaction) async throws {
        let partitions = Set(batch.map { Int16($0.partition) }).sorted()
        _ = try await transaction.query(
            """
            INSERT INTO \(unsafe: schema).event_positions (owner, partition)
            SELECT \(owner), unnest(\(partitions)) ON CONFLICT DO NOTHING
            """)
        let rows = try await transaction.query(
            """
            SELECT partition, number FROM \(unsafe: schema).event_positions
            WHERE owner = \(owner) AND partition = ANY (\(partitions)) ORDER BY partition FOR UPDATE
            """)
        for row in rows {
            let (partition, number) = try row.decode((Int16, Int).self)
            guard expected[Int(partition)] == number else { throw EventPositionsMoved() }
        }
    }

    /// Moves the positions past the batch. After the work, in the same transaction.
    package func move(past batch: [EventRecord], from expected: [Int], in transaction: Transaction) async throws {
        let moved = expected.advanced(past: batch)
        let partitions = Set(batch.map(\.partition)).sorted()
        let rows = try await transaction.query(
            """
            UPDATE \(unsafe: schema).event_positions AS position SET number = moved.after
            FROM unnest(\(partitions.map { Int16($0) }), \(partitions.map { expected[$0] }),
                \(partitions.map { moved[$0] })) AS moved (partition, before, after)
            WHERE position.owner = \(owner) AND position.partition = moved.partition AND position.number = moved.before
            RETURNING position.partition
            """)
        guard rows.count == partitions.count else { throw EventPositionsMoved() }
    }
}

/// Another process has worked on these events meanwhile.
package struct EventPositionsMoved: Error {
    package init() {}
}
