import Bus
import Contracts
import Foundation
import Postgres
import ServiceHost

/// Recordings in PostgreSQL.
struct PostgresRecordingRepository: RecordingRepository {
    let database: Database

    func hasCall(_ id: CallID, in workspaceID: WorkspaceID) async throws -> Bool {
        try await database.query(
            """
            SELECT EXISTS (
                SELECT FROM calls.calls WHERE workspace_id = \(workspaceID) AND id = \(id) AND deleted_at IS NULL)
            """, workspaces: [workspaceID.uuid], access: .readOnly)[0].decode(at: 0)
    }

    func keep(_ recording: Recording, in workspaceID: WorkspaceID) async throws -> CallRecording {
        // A key of one call is greater than those that were given before it.
        let results = try await database.pipeline(
            [
                """
                INSERT INTO calls.recordings AS recording
                    (workspace_id, call_id, blob_key, format, size_bytes, sha256, duration_ms, created_at)
                SELECT call.workspace_id, call.id, \(recording.key), \(recording.format.rawValue),
                    \(recording.sizeBytes), \(recording.sha256), \(recording.durationMS), \(recording.createdAt)
                FROM calls.calls AS call
                WHERE call.workspace_id = \(workspaceID) AND call.id = \(recording.callID) AND call.deleted_at IS NULL
                ON CONFLICT (workspace_id, call_id) DO UPDATE SET
                    blob_key = excluded.blob_key, format = excluded.format, size_bytes = excluded.size_bytes,
                    sha256 = excluded.sha256, duration_ms = excluded.duration_ms, created_at = excluded.created_at
                WHERE recording.blob_key < excluded.blob_key
                """, selection(recording.callID, in: workspaceID, withTranscript: true),
            ], workspaces: [workspaceID.uuid])
        guard let row = try results[1].one() else { throw Fault(.callNotFound) }
        return try Self.read(row)
    }

    func recording(of callID: CallID, in workspaceID: WorkspaceID, withTranscript: Bool) async throws -> CallRecording {
        let rows = try await database.query(
            selection(callID, in: workspaceID, withTranscript: withTranscript), workspaces: [workspaceID.uuid],
            access: .readOnly)
        guard let row = try rows.one() else { throw Fault(.recordingNotFound) }
        return try Self.read(row)
    }

    func setRetention(days: Int?, in workspaceID: WorkspaceID) async throws {
        try await database.query(Self.retention(days: days, in: workspaceID), workspaces: [workspaceID.uuid])
    }

    /// - Parameter days: nil keeps recordings as long as their calls.
    static func retention(days: Int?, in workspaceID: WorkspaceID) -> Statement {
        guard let days else { return "DELETE FROM calls.recording_retention WHERE workspace_id = \(workspaceID)" }
        return """
            INSERT INTO calls.recording_retention (workspace_id, retention_days)
            VALUES (\(workspaceID), \(Int32(clamping: days)))
            ON CONFLICT (workspace_id) DO UPDATE SET retention_days = excluded.retention_days
            """
    }

    private func selection(_ callID: CallID, in workspaceID: WorkspaceID, withTranscript: Bool) -> Statement {
        """
        SELECT recording.call_id, recording.blob_key, recording.format, recording.size_bytes, recording.sha256,
            recording.duration_ms, recording.created_at, call.duration_ms,
            CASE WHEN \(withTranscript) THEN call.transcript ELSE '' END, call.agent_id, call.campaign_id,
            call.other_phone
        FROM calls.recordings AS recording
        JOIN calls.calls AS call ON call.workspace_id = recording.workspace_id AND call.id = recording.call_id
        WHERE recording.workspace_id = \(workspaceID) AND recording.call_id = \(callID) AND call.deleted_at IS NULL
        """
    }

    private static func read(_ row: Row) throws -> CallRecording {
        let format: String = try row[2]
        guard let format = RecordingFormat(rawValue: format) else {
            throw DatabaseError(.decoding, "\"\(format)\" is no format of a recording.")
        }
        let sha256: [UInt8] = try row[4]
        return CallRecording(
            recording: Recording(
                callID: try row[0], key: try row[1], format: format, sizeBytes: try row[3], sha256: sha256,
                durationMS: try row[5], createdAt: try row[6]),
            callDurationMS: try row[7], transcript: try row[8], agentID: try row[9], campaignID: try row[10],
            phoneNumber: try row[11])
    }
}

/// The sweeper's view of recordings in PostgreSQL.
struct PostgresRecordingSweeping: RecordingSweeping {
    /// Logged in as the service's jobs.
    let jobs: Database

    func forgetExpired(limit: Int) async throws -> [String] {
        try await jobs.query(
            """
            DELETE FROM calls.recordings WHERE (workspace_id, call_id) IN (
                SELECT recording.workspace_id, recording.call_id
                FROM calls.recordings AS recording
                JOIN calls.calls AS call ON call.workspace_id = recording.workspace_id AND call.id = recording.call_id
                WHERE call.deleted_at IS NOT NULL
                UNION ALL
                SELECT recording.workspace_id, recording.call_id
                FROM calls.recording_retention AS kept
                JOIN calls.recordings AS recording ON recording.workspace_id = kept.workspace_id
                    AND recording.created_at < now() - make_interval(days => kept.retention_days)
                LIMIT \(limit))
            RETURNING blob_key
            """
        ).map { try $0[0] }
    }

    func unused(_ keys: [String]) async throws -> [String] {
        try await jobs.query(
            """
            SELECT key FROM unnest(\(keys)) AS given (key)
            WHERE NOT EXISTS (SELECT FROM calls.recordings WHERE blob_key = key)
            """, access: .readOnly
        ).map { try $0[0] }
    }
}
