import Bus
import Contracts
import Foundation
import JWTKit

/// An access token whose signature, audience and form are good; its end and its revocation are checked at each use.
struct VerifiedToken: Sendable {
    let caller: Caller
    let personID: PersonID
    let sessionID: SessionID
    let generation: Int
    /// Seconds since 1970.
    let expiresAt: Int
    /// The surface that the account is pinned to.
    let clientHint: String
}

/// Checks access tokens and remembers the good ones, since a signature costs more than all else on a request.
final class TokenVerifier: Sendable {
    /// Longer tokens are refused unread.
    static let lengthLimit = 8192

    private let keys: JWTKeyCollection
    private let audience: String
    private let known: BoundedCache<String, VerifiedToken>

    /// - Parameter secret: shared with auth; HS256.
    init(secret: String, audience: String, capacity: Int) async {
        keys = JWTKeyCollection()
        await keys.add(hmac: HMACKey(from: secret), digestAlgorithm: .sha256)
        self.audience = audience
        known = BoundedCache(capacity: capacity)
    }

    /// - Throws: `.tokenInvalid`, `.tokenExpired`.
    func verify(_ token: String, now: Int) async throws -> (token: VerifiedToken, wasKnown: Bool) {
        if let verified = known[token] {
            guard now < verified.expiresAt else { throw Fault(.tokenExpired) }
            return (verified, true)
        }
        guard token.utf8.count <= Self.lengthLimit, Self.hasPinnedAlgorithm(token),
            let claims = try? await keys.verify(token, as: TokenPayload.self).claims,
            claims.aud == audience, claims.iat <= now + 60, let verified = VerifiedToken(claims)
        else { throw Fault(.tokenInvalid) }
        guard now < verified.expiresAt else { throw Fault(.tokenExpired) }
        known.insert(verified, for: token)
        return (verified, false)
    }

    /// Whether the header names HS256 and nothing that would have to be understood.
    private static func hasPinnedAlgorithm(_ token: String) -> Bool {
        let parts = token.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 3, parts.allSatisfy({ !$0.isEmpty && $0.utf8.allSatisfy(isBase64URL) }) else {
            return false
        }
        var base64 = parts[0].replacingOccurrences(of: "-", with: "+").replacingOccurrences(of: "_", with: "/")
        base64 += String(repeating: "=", count: (4 - base64.utf8.count % 4) % 4)
        guard let header = Data(base64Encoded: base64),
            let fields = try? JSONParser.parse(.init(bytes: header))
        else { return false }
        return fields["alg"] == "HS256" && fields["crit"] == nil && fields.members?.count ?? 9 <= 4
    }
}

private func isBase64URL(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
        true
    default: false
    }
}

private struct TokenPayload: JWTPayload {
    let claims: AccessClaims

    init(from decoder: any Decoder) throws {
        claims = try AccessClaims(from: decoder)
    }

    func encode(to encoder: any Encoder) throws {
        try claims.encode(to: encoder)
    }

    /// The verifier checks audience and time itself.
    func verify(using algorithm: some JWTAlgorithm) async throws {}
}

extension VerifiedToken {
    fileprivate init?(_ claims: AccessClaims) {
        guard let personID = PersonID(claims.sub), claims.userID == claims.sub, let sessionID = SessionID(claims.sid),
            let workspaceID = WorkspaceID(claims.workspaceID), claims.gen >= 0
        else { return nil }
        // A scope that a newer auth knows and this gateway does not opens nothing here.
        let scopes = claims.permissions.reduce(into: Scopes()) { $0.formUnion(Scopes(names: [$1]) ?? []) }
        caller = Caller(
            identity: .person(personID.uuid, session: sessionID.uuid), workspaceID: workspaceID.uuid,
            scopes: scopes.rawValue)
        self.personID = personID
        self.sessionID = sessionID
        generation = claims.gen
        expiresAt = claims.exp
        clientHint = claims.dialect
    }
}
