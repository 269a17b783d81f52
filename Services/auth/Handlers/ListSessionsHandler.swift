import Bus
import Contracts

/// Where the caller is signed in.
struct ListSessionsHandler {
    let sessions: any SessionRepository
    var now: @Sendable () -> Timestamp = { .now() }

    @Sendable func handle(_ request: ListSessions, from caller: Caller) async throws -> SessionList {
        let own = try caller.requirePerson()
        let page = try await sessions.sessions(of: own, page: try request.page.checked(), at: now())
        return SessionList(sessions: page.entries, total: page.total, next: page.next)
    }
}
