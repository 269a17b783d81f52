import Contracts
import Foundation
import JWTKit

/// Mints access tokens: JWTs signed by HS256, whose claims gateways read.
struct AccessTokens: Sendable {
    let terms: TokenTerms
    private let audience: String
    private let keys: JWTKeyCollection

    /// - Parameter secret: 32 bytes or more.
    init(secret: String, audience: String, terms: TokenTerms) async {
        self.terms = terms
        self.audience = audience
        keys = await JWTKeyCollection().add(hmac: HMACKey(from: secret), digestAlgorithm: .sha256)
    }

    /// A token for a session that has been stored.
    func mint(
        for member: Member, in session: SessionReference, until expiresAt: Timestamp, at now: Timestamp,
        refreshToken: OpaqueToken? = nil
    ) async throws -> SignedIn {
        let person = member.person
        let issuedSecond = Int(now.microseconds.flooredDivision(by: 1_000_000))
        let expirySecond = Int(expiresAt.microseconds.flooredDivision(by: 1_000_000))
        let claims = AccessClaims(
            sub: person.id.description, userID: person.id.description, email: person.email, role: person.role,
            permissions: person.role.scopes.names, workspaceID: person.workspaceID.description,
            dialect: member.clientHint, sid: session.sessionID.description, gen: member.generation,
            jti: UUID().text, iat: issuedSecond, exp: expirySecond, aud: audience)
        let token = try await keys.sign(SignedClaims(claims: claims))
        return SignedIn(
            token: token, expiresAt: expiresAt, tokenSeconds: expirySecond - issuedSecond, sessionID: session.sessionID,
            person: person, refreshToken: refreshToken?.text)
    }

    /// The first token of a session that has been stored.
    func mint(for member: Member, in begun: NewSession) async throws -> SignedIn {
        let session = begun.session
        return try await mint(
            for: member, in: session.reference, until: session.tokensUntil, at: session.createdAt,
            refreshToken: begun.refreshToken)
    }
}

/// The claims in the form that JWTKit takes. Reading tokens is the gateway's work.
private struct SignedClaims: JWTPayload {
    let claims: AccessClaims

    init(claims: AccessClaims) {
        self.claims = claims
    }

    init(from decoder: any Decoder) throws {
        claims = try AccessClaims(from: decoder)
    }

    func encode(to encoder: any Encoder) throws {
        try claims.encode(to: encoder)
    }

    func verify(using algorithm: some JWTAlgorithm) async throws {}
}
