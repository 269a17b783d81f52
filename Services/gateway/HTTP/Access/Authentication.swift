import Bus
import Contracts
import Foundation
import Hummingbird

/// Who a request comes from. The only place where a `Caller` is made of what came over HTTP.
package final class Authentication: Sendable {
    /// A good credential, and which counter of the rate limit it has.
    package struct Credential: Sendable {
        package let caller: Caller
        /// The surface that the account is pinned to.
        package let clientHint: String
        /// It was found among those checked before.
        package let wasKnown: Bool
        /// What it takes to see later whether it is still good.
        let standing: CredentialStanding
    }

    package let revocations: RevocationList
    package let apiKeyUses: APIKeyUses
    private let tokens: TokenVerifier
    private let apiKeys: APIKeyCheck

    /// - Parameters:
    ///   - secret: of the tokens, shared with auth.
    ///   - capacity: how many tokens and keys are remembered.
    package init(
        bus: any Asking, secret: String, audience: String, revocations: RevocationList, capacity: Int = 16_384
    ) async {
        self.revocations = revocations
        apiKeyUses = APIKeyUses()
        tokens = await TokenVerifier(secret: secret, audience: audience, capacity: capacity)
        apiKeys = APIKeyCheck(bus: bus, capacity: capacity)
    }

    /// The credential of a request.
    /// - Throws: `.tokenMissing`, `.tokenInvalid`, `.tokenExpired`; `.unavailable` while nobody's can be trusted.
    package func credential(of headers: HTTPFields) async throws -> Credential {
        if let authorization = headers[.authorization] {
            guard let token = Self.bearer(authorization) else { throw Fault(.tokenInvalid) }
            return try await person(token)
        }
        guard let secret = headers[.apiKey] else { throw Fault(.tokenMissing) }
        return try await apiKey(secret)
    }

    /// The credential that a text is: an access token or an API key.
    /// - Throws: as above.
    func credential(ofToken text: String) async throws -> Credential {
        text.hasPrefix("sb_") ? try await apiKey(text) : try await person(text)
    }

    /// Whether a credential that was good is good now.
    /// - Throws: `.tokenExpired`; `.tokenInvalid` when it was revoked; `.unavailable` while nobody's can be trusted.
    func requireGood(_ standing: CredentialStanding, at now: Timestamp = .now()) throws {
        try requireFollowed()
        if let expiresAt = standing.expiresAt, expiresAt <= now { throw Fault(.tokenExpired) }
        let isRevoked =
            switch standing.holder {
            case .person(let id, let session, let generation):
                revocations.isRevoked(session, of: id, generation: generation)
            case .apiKey(let id): revocations.isRevoked(id)
            }
        if isRevoked { throw Fault(.tokenInvalid) }
    }

    /// What opens a route without a credential: a call of a known client, logged in that client's workspace.
    package static func openIngestCaller(in workspaceID: WorkspaceID) -> Caller {
        Caller(identity: .anonymous, workspaceID: workspaceID.uuid, scopes: Scopes.writeCalls.rawValue)
    }

    /// What a signed address opens: one route, in the workspace that it was signed for.
    package static func linkCaller(in workspaceID: WorkspaceID, scopes: Scopes) -> Caller {
        Caller(identity: .anonymous, workspaceID: workspaceID.uuid, scopes: scopes.rawValue)
    }

    private func person(_ token: String) async throws -> Credential {
        let now = Timestamp.now()
        let (verified, wasKnown) = try await tokens.verify(token, now: Int(now.microseconds / 1_000_000))
        try requireFollowed()
        guard !revocations.isRevoked(verified.sessionID, of: verified.personID, generation: verified.generation) else {
            throw Fault(.tokenInvalid)
        }
        let standing = CredentialStanding(
            holder: .person(verified.personID, verified.sessionID, generation: verified.generation),
            expiresAt: Timestamp(microseconds: Int64(verified.expiresAt) * 1_000_000))
        return Credential(
            caller: verified.caller, clientHint: verified.clientHint, wasKnown: wasKnown, standing: standing)
    }

    private func apiKey(_ secret: String) async throws -> Credential {
        let now = Timestamp.now()
        let (grant, caller, wasKnown) = try await apiKeys.check(secret, now: now)
        try requireFollowed()
        guard !revocations.isRevoked(grant.id) else { throw Fault(.tokenInvalid) }
        apiKeyUses.note(grant.id, in: grant.workspaceID, at: now)
        return Credential(
            caller: caller, clientHint: grant.clientHint, wasKnown: wasKnown,
            standing: CredentialStanding(holder: .apiKey(grant.id), expiresAt: grant.expiresAt))
    }

    private func requireFollowed() throws {
        guard revocations.isFollowed else { throw Fault(.unavailable, retryAfterMS: 1000) }
    }

    static func bearer(_ authorization: String) -> String? {
        // By bytes: the same over characters goes through Foundation and costs as much as the rest of a request.
        let text = authorization.utf8
        guard text.count > 7, zip(text, "bearer ".utf8).allSatisfy({ $0 | 0x20 == $1 }) else { return nil }
        return String(Substring(text.dropFirst(7)))
    }
}

/// What of a credential can change after it was checked.
struct CredentialStanding: Sendable, Equatable {
    enum Holder: Sendable, Equatable {
        case person(PersonID, SessionID, generation: Int)
        case apiKey(APIKeyID)
    }

    let holder: Holder
    /// Nil: never.
    let expiresAt: Timestamp?
}
