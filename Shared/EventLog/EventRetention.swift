import Bus
import Foundation
import Postgres

/// Keeps events for 14 days and until every service that reads them has passed them, and then forgets them.
package final class EventRetention: Sendable {
    /// How often at most a reader's positions are noted.
    private static let noteEveryMS = 60_000
    /// Who keeps nothing between two starts and begins with a snapshot: its positions hold nothing back.
    private static let forgetfulReaders: Set<String> = ["gateway"]

    private let database: Database
    private let schema: String
    private let noted = NotedReaders()

    /// - Parameter database: logged in as a role that sees every workspace.
    package init(database: Database, schema: String) {
        self.database = database
        self.schema = schema
    }

    /// Remembers, at most once a minute, that a reader has finished these positions: it asks for what comes after them.
    package func note(_ reader: String, at positions: [Int]) async throws {
        guard positions.count == EventPartition.count, !Self.forgetfulReaders.contains(reader),
            noted.isDue(reader, everyMS: Self.noteEveryMS)
        else { return }
        try await database.query(
            """
            INSERT INTO \(unsafe: schema).event_readers (reader, partition, number)
            SELECT \(reader), (place - 1)::smallint, number
            FROM unnest(\(positions)) WITH ORDINALITY AS seen (number, place)
            ON CONFLICT (reader, partition) DO UPDATE
            SET number = greatest(event_readers.number, excluded.number), seen_at = excluded.seen_at
            """)
    }

    /// Forgets what may be forgotten, a thousand events at a time, a hundred times at most. A reader that was not seen for
    /// 30 days holds nothing back; a log that nobody reads is kept.
    /// - Returns: how many.
    package func sweep() async throws -> Int {
        var sum = 0
        for _ in 0..<100 {
            let count = try await database.query(
                """
                DELETE FROM \(unsafe: schema).events WHERE (partition, number) IN (
                    SELECT event.partition, event.number
                    FROM \(unsafe: schema).events AS event
                    JOIN (
                        SELECT partition, min(number) AS passed FROM \(unsafe: schema).event_readers
                        WHERE seen_at > now() - interval '30 days' GROUP BY partition
                    ) AS reader ON reader.partition = event.partition AND event.number <= reader.passed
                    WHERE event.recorded_at < now() - interval '14 days'
                    ORDER BY event.partition, event.number LIMIT 1000)
                """
            ).affectedCount
            sum += count
            if count < 1000 { break }
        }
        return sum
    }
}

/// When each reader's positions were last noted.
private final class NotedReaders: @unchecked Sendable {
    private let lock = NSLock()
    private var last: [String: UInt64] = [:]

    func isDue(_ reader: String, everyMS: Int) -> Bool {
        let now = monotonicNanoseconds()
        return lock.withLock {
            if let then = last[reader], now - then < UInt64(everyMS) * 1_000_000 { return false }
            if last.count >= 64 { last = [:] }
            last[reader] = now
            return true
        }
    }
}
