import Contracts
import Postgres

/// A person's sessions in all their workspaces: what the person may see, and no one workspace may.
extension PostgresAuthStore {
    func standing(of session: SessionReference, at now: Timestamp) async throws -> SessionStanding? {
        let rows = try await jobs.query(
            """
            SELECT s.expires_at, s.generation FROM auth.sessions s JOIN auth.people p ON p.id = s.person_id
            WHERE s.workspace_id = \(session.workspaceID) AND s.id = \(session.sessionID)
                AND s.person_id = \(session.personID) AND \(unsafe: sessionGoesOn) AND s.expires_at > \(now)
            """, access: .readOnly)
        guard let (expiresAt, generation) = try rows.one()?.decode((Timestamp, Int).self) else { return nil }
        return SessionStanding(expiresAt: expiresAt, generation: generation)
    }

    func sessions(of own: SessionReference, page: PageRequest, at now: Timestamp) async throws -> Page<SessionRecord> {
        let running: Statement = """
            auth.memberships m JOIN auth.sessions s USING (workspace_id, person_id)
            JOIN auth.people p ON p.id = s.person_id
            WHERE m.person_id = \(own.personID) AND m.is_active AND \(unsafe: sessionGoesOn) AND s.expires_at > \(now)
            """
        let results = try await jobs.pipeline(
            [
                """
                SELECT s.id, s.workspace_id, s.created_at, s.last_seen_at, s.expires_at, s.address, s.user_agent
                FROM \(running) AND (s.created_at, s.id) < (\(page.start.at), \(page.start.id))
                ORDER BY s.created_at DESC, s.id DESC LIMIT \(page.limit + 1)
                """, "SELECT count(*) FROM \(running)",
            ], access: .readOnly)
        let sessions = try results[0].map { row in
            let (id, workspaceID, createdAt, lastUsedAt, expiresAt, address, userAgent) = try row.decode(
                (SessionID, WorkspaceID, Timestamp, Timestamp, Timestamp, String, String).self)
            return SessionRecord(
                id: id, workspaceID: workspaceID, createdAt: createdAt, lastUsedAt: lastUsedAt, expiresAt: expiresAt,
                origin: ClientOrigin(address: address, userAgent: userAgent), isCurrent: id == own.sessionID)
        }
        return Page(sessions, total: try results[1].one()?.decode(at: 0) ?? 0, of: page) {
            PageCursor(at: $0.createdAt, id: $0.id.uuid)
        }
    }

    func session(_ id: SessionID, of personID: PersonID) async throws -> SessionReference? {
        let rows = try await jobs.query(
            """
            SELECT s.workspace_id FROM auth.memberships m JOIN auth.sessions s USING (workspace_id, person_id)
            WHERE m.person_id = \(personID) AND s.id = \(id)
            """, access: .readOnly)
        return try rows.one().map {
            SessionReference(sessionID: id, personID: personID, workspaceID: try $0.decode(at: 0))
        }
    }
}

/// Of sessions as s and people as p; beside the time.
private let sessionGoesOn = "s.ended_at IS NULL AND s.generation = p.generation AND p.is_active"
