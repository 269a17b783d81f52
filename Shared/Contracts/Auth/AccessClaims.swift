/// What an access token says, in the names of its JSON. Minted by auth, read by gateways.
package struct AccessClaims: Sendable, Codable, Equatable {
    /// The person's id.
    package var sub: String
    /// The same, under the name that clients of one product read.
    package var userID: String
    package var email: String
    package var role: Role
    /// Names of scopes.
    package var permissions: [String]
    package var workspaceID: String
    /// The surface that the account is pinned to.
    package var dialect: String
    /// The session.
    package var sid: String
    /// The person's generation when it was minted; an older one than the gateway knows is refused.
    package var gen: Int
    /// Unique per token.
    package var jti: String
    /// Seconds since 1970.
    package var iat: Int
    /// Seconds since 1970.
    package var exp: Int
    package var aud: String

    package init(
        sub: String, userID: String, email: String, role: Role, permissions: [String], workspaceID: String,
        dialect: String, sid: String, gen: Int, jti: String, iat: Int, exp: Int, aud: String
    ) {
        self.sub = sub
        self.userID = userID
        self.email = email
        self.role = role
        self.permissions = permissions
        self.workspaceID = workspaceID
        self.dialect = dialect
        self.sid = sid
        self.gen = gen
        self.jti = jti
        self.iat = iat
        self.exp = exp
        self.aud = aud
    }

    package enum CodingKeys: String, CodingKey {
        case sub, email, role, permissions, dialect, sid, gen, jti, iat, exp, aud
        case userID = "user_id"
        case workspaceID = "workspace_id"
    }
}
