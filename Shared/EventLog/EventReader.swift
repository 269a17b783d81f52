import Bus
import Postgres

/// Answers `EventsAfter` from an owner's log.
package struct EventReader: Sendable {
    private let database: Database
    private let schema: String
    private let retention: EventRetention

    /// - Parameter database: logged in as a role that sees every workspace.
    package init(database: Database, schema: String) {
        self.database = database
        self.schema = schema
        retention = EventRetention(database: database, schema: schema)
    }

    /// - Throws: `.forbidden` unless a service or the gateway asks as itself.
    @Sendable package func answer<Owner: EventOwner>(
        _ request: EventsAfter<Owner>, from caller: Caller
    ) async throws -> EventBatch {
        guard case .service(let reader) = caller.identity else {
            throw Fault(kind: .forbidden, code: "permissionDenied", message: "Events are for services.")
        }
        try await retention.note(reader, at: request.positions)
        return EventBatch(events: try await events(after: request.positions, limit: request.limit))
    }

    /// - Parameter positions: the last number seen of each partition.
    package func events(after positions: [Int], limit: Int) async throws -> [EventRecord] {
        let limit = min(max(limit, 1), 4096)
        let rows = try await database.query(
            """
            SELECT e.partition, e.number, e.workspace_id, e.kind, e.payload, e.traceparent
            FROM unnest(\(positions)) WITH ORDINALITY AS seen (number, place),
            LATERAL (
                SELECT partition, number, workspace_id, kind, payload, traceparent
                FROM \(unsafe: schema).events
                WHERE partition = (seen.place - 1)::smallint AND events.number > seen.number
                ORDER BY partition, number LIMIT \(limit)
            ) AS e
            ORDER BY e.partition, e.number LIMIT \(limit)
            """)
        return try rows.map { row in
            EventRecord(
                partition: Int(try row.decode(Int16.self, at: 0)), number: try row.decode(Int.self, at: 1),
                workspaceID: try row.decode(at: 2), kind: try row.decode(at: 3),
                payload: try row.decode([UInt8].self, at: 4), traceparent: try row.decode(String?.self, at: 5))
        }
    }
}
