import Bus
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

    func enter(
        _ signIn: SignIn, idempotency: IdempotencyKey?, mint: @Sendable (Member) async throws -> SignedIn
    ) async throws -> Outcome<SignedIn> {
        if let first = try reply(SignedIn.self, idempotency) { return Outcome(first, isReplayed: true) }
        let answer = try await mint(try begin(signIn))
        keep(answer, idempotency)
        return Outcome(answer)
    }

    func standing(of session: SessionReference, at now: Timestamp) -> SessionStanding? {
        guard let found = sessions[session.sessionID], found.session.reference == session, goesOn(found, at: now)
        else { return nil }
        return SessionStanding(expiresAt: found.session.expiresAt, generation: found.session.generation)
    }

    func sessions(of own: SessionReference, page: PageRequest, at now: Timestamp) -> Page<SessionRecord> {
        Page(cutFrom: sessions(of: own, at: now), by: page) { PageCursor(at: $0.createdAt, id: $0.id.uuid) }
    }

    private func sessions(of own: SessionReference, at now: Timestamp) -> [SessionRecord] {
        sessions.values
            .filter {
                $0.session.personID == own.personID && goesOn($0, at: now)
                    && member(own.personID, of: $0.session.workspaceID) != nil
            }
            .sorted {
                ($0.session.createdAt, $0.session.id.description) > ($1.session.createdAt, $1.session.id.description)
            }
            .map { stored in
                let session = stored.session
                return SessionRecord(
                    id: session.id, workspaceID: session.workspaceID, createdAt: session.createdAt,
                    lastUsedAt: stored.lastSeenAt, expiresAt: session.expiresAt, origin: session.origin,
                    isCurrent: session.id == own.sessionID)
            }
    }

    func session(_ id: SessionID, of personID: PersonID) -> SessionReference? {
        sessions[id].map(\.session.reference).flatMap { $0.personID == personID ? $0 : nil }
    }

    private func goesOn(_ stored: StoredSession, at now: Timestamp) -> Bool {
        stored.endedAt == nil && stored.session.expiresAt > now
            && people[stored.session.personID]?.generation == stored.session.generation
    }
}
