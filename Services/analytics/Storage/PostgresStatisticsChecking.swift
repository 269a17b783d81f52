import Bus
import Contracts
import EventLog
import Foundation
import Postgres
import ServiceHost

/// What the check of the statistics reads.
extension PostgresStatisticsRepository {
    func kept(of workspaceID: WorkspaceID) async throws -> KeptRollup {
        try await jobs.transaction(access: .readOnly, isolation: .repeatableRead) { transaction in
            let results = try await transaction.pipeline(Self.everything(of: workspaceID))
            var kept = KeptRollup(position: try results[3].one()?.decode(at: 0) ?? 0)
            for row in results[0] {
                let (kind, id, day) = try row.decode((Int16, UUID, CalendarDay).self)
                let key = MeasuresKey(subject: try Self.subject(workspaceID, kind, id), day: day)
                kept.rollup.add(try Self.measures(row, from: 3), to: key)
            }
            for row in results[1] {
                let (kind, id, component, bucket, count) = try row.decode((Int16, UUID, Int16, Int16, Int).self)
                guard let component = LatencyComponent(rawValue: Int(component)) else { continue }
                kept.rollup.add(
                    count,
                    to: LatencyKey(
                        subject: try Self.subject(workspaceID, kind, id), component: component, bucket: Int(bucket)))
            }
            for row in results[2] {
                let subject = try Self.subject(workspaceID, try row[0], try row[1])
                kept.rollup.add(try row[4], to: PhraseKey(subject: subject, day: try row[2], phrase: try row[3]))
            }
            for row in results[4] {
                let (kind, id, hour) = try row.decode((Int16, UUID, Timestamp).self)
                kept.rollup.add(
                    try Self.measures(row, from: 3),
                    to: HourKey(subject: try Self.subject(workspaceID, kind, id), hour: hour.hour))
            }
            return kept
        }
    }

    func keptClients(of workspaceID: WorkspaceID) async throws -> KeptClients {
        try await jobs.transaction(access: .readOnly, isolation: .repeatableRead) { transaction in
            let results = try await transaction.pipeline([
                Self.clientCount(of: workspaceID), Self.position(of: workspaceID, in: AgentsEvents.name),
            ])
            return KeptClients(
                count: try results[0].one()?.decode(at: 0) ?? 0, position: try results[1].one()?.decode(at: 0) ?? 0)
        }
    }

    func workspaces() async throws -> Set<WorkspaceID> {
        var found = try await distinctWorkspaces(of: "measures")
        found.formUnion(try await distinctWorkspaces(of: "latency_buckets"))
        found.formUnion(try await distinctWorkspaces(of: "client_counts"))
        return found
    }

    private static func everything(of workspaceID: WorkspaceID) -> [Statement] {
        [
            """
            SELECT subject_kind, subject_id, day, \(unsafe: measureColumns) FROM analytics.measures
            WHERE workspace_id = \(workspaceID)
            """,
            """
            SELECT subject_kind, subject_id, component, bucket, n FROM analytics.latency_buckets
            WHERE workspace_id = \(workspaceID) AND day = \(CalendarDay.allTime)
            """,
            "SELECT subject_kind, subject_id, day, phrase, n FROM analytics.phrases WHERE workspace_id = \(workspaceID)",
            position(of: workspaceID, in: CallsEvents.name),
            """
            SELECT subject_kind, subject_id, hour, \(unsafe: measureColumns) FROM analytics.hours
            WHERE workspace_id = \(workspaceID)
            """,
        ]
    }

    private static func position(of workspaceID: WorkspaceID, in owner: String) -> Statement {
        """
        SELECT number FROM analytics.event_positions
        WHERE owner = \(owner) AND partition = \(Int16(EventPartition.of(workspaceID.uuid)))
        """
    }

    static func subject(_ workspaceID: WorkspaceID, _ kind: Int16, _ id: UUID) throws -> RollupSubject {
        guard let kind = RollupSubject.Kind(rawValue: kind) else {
            throw DatabaseError(.decoding, "\(kind) is no kind of subject.")
        }
        return RollupSubject(workspaceID: workspaceID, kind: kind, id: id)
    }

    /// Steps from one id to the next through the primary key, so that its cost is that of the workspaces and not of
    /// their rows.
    private func distinctWorkspaces(of table: String) async throws -> Set<WorkspaceID> {
        let rows = try await jobs.query(
            """
            WITH RECURSIVE step (workspace_id) AS (
                (SELECT workspace_id FROM analytics.\(unsafe: table) ORDER BY workspace_id LIMIT 1)
                UNION ALL
                SELECT (
                    SELECT workspace_id FROM analytics.\(unsafe: table) AS next
                    WHERE next.workspace_id > step.workspace_id ORDER BY next.workspace_id LIMIT 1
                )
                FROM step WHERE step.workspace_id IS NOT NULL
            )
            SELECT workspace_id FROM step WHERE workspace_id IS NOT NULL
            """, access: .readOnly)
        return Set(try rows.map { try $0.decode(at: 0) })
    }
}
