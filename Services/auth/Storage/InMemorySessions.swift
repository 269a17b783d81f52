import Contracts
import Foundation

extension InMemoryAuthStore {
    struct StoredRefreshToken: Sendable {
        var hash: [UInt8]
        var session: SessionReference
        var usedAt: Timestamp?
        var successorID: UUID?
        var answer: SignedIn?
    }

    func refresh(
        _ attempt: RefreshAttempt, tokensUntil: @Sendable (Timestamp) -> Timestamp,
        mint: @Sendable (Member, SessionReference, Timestamp) async throws -> SignedIn,
        revocation: @Sendable (SessionReference, Timestamp) -> AccessRevoked
    ) async throws -> Refreshed {
        guard let stored = refreshTokens[attempt.token.id], attempt.token.matches(stored.hash),
            let found = sessions[stored.session.sessionID], found.endedAt == nil
        else { return .unknown }
        let successor = stored.successorID.flatMap { refreshTokens[$0] }
        switch attempt.verdict(usedAt: stored.usedAt, successorIsUsed: successor?.usedAt != nil) {
        case .rotate:
            let (member, sessionEnd) = try goOn(stored.session, at: attempt.now)
            let expiry = tokensUntil(sessionEnd)
            extendTokens(of: stored.session.sessionID, until: expiry)
            refreshTokens[attempt.token.id]?.usedAt = attempt.now
            refreshTokens[attempt.token.id]?.successorID = attempt.successor.id
            refreshTokens[attempt.successor.id] = StoredRefreshToken(
                hash: attempt.successor.hash, session: stored.session)
            let answer = try await mint(member, stored.session, expiry)
            refreshTokens[attempt.token.id]?.answer = answer
            return .signedIn(answer)
        case .answerAgain:
            _ = try goOn(stored.session, at: attempt.now)
            return stored.answer.map { .signedIn($0) } ?? .unknown
        case .endSession:
            sessions[stored.session.sessionID]?.endedAt = attempt.now
            logged.append((stored.session.workspaceID, revocation(stored.session, found.session.tokensUntil)))
            record(attempt.reuse(of: stored.session))
            return .reused(stored.session.workspaceID)
        }
    }
}
