import Bus
import Contracts

/// Where the caller is signed in.
struct ListSessionsHandler {
    let sessions: any SessionRepository
    var now: @Sendable () -> Timestamp = { .now() }

    @Sendable func handle(_ request: ListSessions, from caller: Caller) async throws -> SessionList {
        let own = try caller.requirePerson()
        return SessionList(sessions: try await sessions.sessions(of: own, at: now()))
    }
}
