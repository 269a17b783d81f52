import Bus
import Contracts

/// A session in another workspace of the caller, without the password again.
struct SwitchWorkspaceHandler {
    let accounts: any AccountRepository
    let sessions: any SessionRepository
    let tokens: AccessTokens
    var now: @Sendable () -> Timestamp = { .now() }

    @Sendable func handle(_ request: SwitchWorkspace, from caller: Caller) async throws -> Outcome<SignedIn> {
        let own = try caller.requirePerson()
        let now = now()
        guard let standing = try await sessions.standing(of: own, at: now) else { throw Fault(.tokenInvalid) }
        guard try await accounts.member(own.personID, of: request.workspaceID) != nil else {
            throw Fault(.workspaceNotFound, field: "workspace_id")
        }
        let begun = NewSession(
            Session(
                of: own.personID, in: request.workspaceID, generation: standing.generation, origin: request.origin,
                tokens: tokens.terms, at: now, atMostUntil: standing.expiresAt))
        return try await sessions.enter(SignIn(begun: begun), idempotency: request.idempotency) {
            try await tokens.mint(for: $0, in: begun)
        }
    }
}
