import Bus

/// A person as others see them.
package struct PersonRecord: BusMessage, Codable, Equatable {
    package var id: PersonID
    /// Lower case.
    package var email: String
    /// First and last name where they were given.
    package var name: String
    package var firstName: String?
    package var lastName: String?
    /// As the person gave it; the workspace has a name of its own.
    package var companyName: String?
    /// Within the workspace.
    package var role: Role
    package var workspaceID: WorkspaceID
    package var workspaceName: String
    package var createdAt: Timestamp

    package init(
        id: PersonID, email: String, name: String, firstName: String? = nil, lastName: String? = nil,
        companyName: String? = nil, role: Role, workspaceID: WorkspaceID, workspaceName: String, createdAt: Timestamp
    ) {
        self.id = id
        self.email = email
        self.name = name
        self.firstName = firstName
        self.lastName = lastName
        self.companyName = companyName
        self.role = role
        self.workspaceID = workspaceID
        self.workspaceName = workspaceName
        self.createdAt = createdAt
    }
}

/// A session that has begun or goes on: an access token and whose it is.
package struct SignedIn: BusMessage, Codable, Equatable {
    /// A JWT, HS256; its claims are `AccessClaims`.
    package var token: String
    package var expiresAt: Timestamp
    /// From its minting to its end.
    package var tokenSeconds: Int
    package var sessionID: SessionID
    package var person: PersonRecord
    /// Opaque; good once, until the session ends. Nil where the session goes on by its access token.
    package var refreshToken: String?

    package init(
        token: String, expiresAt: Timestamp, tokenSeconds: Int = 86_400, sessionID: SessionID, person: PersonRecord,
        refreshToken: String? = nil
    ) {
        self.token = token
        self.expiresAt = expiresAt
        self.tokenSeconds = tokenSeconds
        self.sessionID = sessionID
        self.person = person
        self.refreshToken = refreshToken
    }
}

/// Where a sign-in comes from, for the list of sessions and the audit log.
package struct ClientOrigin: Sendable, Codable, Equatable {
    /// The peer's address, or that of the proxy's `X-Forwarded-For` when the proxy is trusted.
    package var address: String
    /// At most 255 characters.
    package var userAgent: String

    package init(address: String, userAgent: String) {
        self.address = address
        self.userAgent = userAgent
    }
}

/// Make a person, a workspace of their own in which they are `admin`, and a session.
/// - Faults: `.emailRequired`, `.emailInvalid`, `.passwordInvalid`, `.emailTaken`, `.overloaded` (too many hashes waiting).
package struct Register: BusRequest, Codable {
    package static let subject: Subject = "auth.register.v1"
    package typealias Reply = SignedIn

    /// Any case; an e-mail is one person's whatever its case.
    package var email: String
    package var password: String
    /// First and last name when nil or empty, and without those the local part of the e-mail.
    package var name: String?
    package var firstName: String?
    package var lastName: String?
    package var companyName: String?
    /// Name of the workspace; the company's when nil, else the person's.
    package var workspaceName: String?
    /// Kept for the gateway, opaque to auth: by which surface the account was made.
    package var clientHint: String
    package var origin: ClientOrigin

    package init(
        email: String, password: String, name: String?, firstName: String? = nil, lastName: String? = nil,
        companyName: String? = nil, workspaceName: String?, clientHint: String, origin: ClientOrigin
    ) {
        self.email = email
        self.password = password
        self.name = name
        self.firstName = firstName
        self.lastName = lastName
        self.companyName = companyName
        self.workspaceName = workspaceName
        self.clientHint = clientHint
        self.origin = origin
    }
}

/// As `Register`, but without a session.
/// - Faults: as `Register`.
package struct OpenAccount: BusRequest, Codable {
    package static let subject: Subject = "auth.open-account.v1"
    package typealias Reply = PersonRecord

    package var registration: Register

    package init(_ registration: Register) {
        self.registration = registration
    }
}

/// Begin a session. An unknown e-mail and a wrong password give the same answer in the same time.
/// - Faults: `.emailRequired`, `.credentialsInvalid`, `.accountInactive`, `.overloaded`.
package struct LogIn: BusRequest, Codable {
    package static let subject: Subject = "auth.log-in.v1"
    package typealias Reply = SignedIn

    package var email: String
    package var password: String
    package var origin: ClientOrigin

    package init(email: String, password: String, origin: ClientOrigin) {
        self.email = email
        self.password = password
        self.origin = origin
    }
}

/// A new access token for the caller's session, which keeps its id and lives 30 days at most.
/// - Faults: `.tokenInvalid` when the caller is no person or the session has ended.
package struct RenewToken: BusRequest, Codable {
    package static let subject: Subject = "auth.renew-token.v1"
    package typealias Reply = Outcome<SignedIn>

    package var idempotency: IdempotencyKey?

    package init(idempotency: IdempotencyKey? = nil) {
        self.idempotency = idempotency
    }
}

/// A new access token and a new refresh token for a refresh token, which is spent by it. Within ten seconds, and while its
/// successor is unused, a spent one gets the same answer again; later it ends the session.
/// - Faults: `.tokenInvalid` for one that is unknown, spent, or of a session that has ended.
package struct RedeemRefreshToken: BusRequest, Codable {
    package static let subject: Subject = "auth.redeem-refresh-token.v1"
    package typealias Reply = SignedIn

    package var refreshToken: String
    package var origin: ClientOrigin

    package init(refreshToken: String, origin: ClientOrigin) {
        self.refreshToken = refreshToken
        self.origin = origin
    }
}

/// End the caller's session; every gateway refuses its tokens within a second.
package struct LogOut: BusRequest, Codable {
    package static let subject: Subject = "auth.log-out.v1"
    package static let isRepeatable = true
    package typealias Reply = Done

    package init() {}
}

/// The caller as a person.
/// - Faults: `.personNotFound` for an API key or a person who is gone.
package struct GetMe: BusRequest, Codable {
    package static let subject: Subject = "auth.get-me.v1"
    package static let isRepeatable = true
    package typealias Reply = PersonRecord

    package init() {}
}
