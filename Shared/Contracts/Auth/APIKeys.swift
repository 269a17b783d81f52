import Bus

/// An API key without its secret.
package struct APIKeyRecord: BusMessage, Codable, Equatable {
    package var id: APIKeyID
    package var name: String
    /// The first characters of the key, enough to recognise it.
    package var prefix: String
    package var scopes: Scopes
    package var createdAt: Timestamp
    /// Nil: never.
    package var expiresAt: Timestamp?
    /// Nil: not yet. At most a minute behind.
    package var lastUsedAt: Timestamp?

    package init(
        id: APIKeyID, name: String, prefix: String, scopes: Scopes, createdAt: Timestamp, expiresAt: Timestamp?,
        lastUsedAt: Timestamp?
    ) {
        self.id = id
        self.name = name
        self.prefix = prefix
        self.scopes = scopes
        self.createdAt = createdAt
        self.expiresAt = expiresAt
        self.lastUsedAt = lastUsedAt
    }
}

/// A new key with its secret, which is shown this once and stored hashed.
package struct CreatedAPIKey: BusMessage, Codable, Equatable {
    package var record: APIKeyRecord
    /// `sb_…`
    package var secret: String

    package init(record: APIKeyRecord, secret: String) {
        self.record = record
        self.secret = secret
    }
}

/// Make an API key in the caller's workspace, with no scope that the caller lacks.
/// - Faults: `.inputInvalid` (name 1–100 characters, 1–3650 days), `.permissionDenied`, `.keyReused`, `.stillRunning`.
package struct CreateAPIKey: BusRequest, Codable {
    package static let subject: Subject = "auth.create-api-key.v1"
    package typealias Reply = Outcome<CreatedAPIKey>

    package var name: String
    package var scopes: Scopes
    package var expiresInDays: Int?
    package var idempotency: IdempotencyKey?

    package init(name: String, scopes: Scopes, expiresInDays: Int?, idempotency: IdempotencyKey? = nil) {
        self.name = name
        self.scopes = scopes
        self.expiresInDays = expiresInDays
        self.idempotency = idempotency
    }
}

/// The keys of the caller's workspace that are not deleted, newest first.
/// - Faults: `.inputInvalid` for a limit outside of 1–1000.
package struct ListAPIKeys: BusRequest, Codable {
    package static let subject: Subject = "auth.list-api-keys.v1"
    package static let isRepeatable = true
    package typealias Reply = APIKeyList

    package var page: PageRequest

    package init(page: PageRequest = PageRequest()) {
        self.page = page
    }
}

package struct APIKeyList: BusMessage, Codable, Equatable {
    package var keys: [APIKeyRecord]
    package var total: Int
    /// Nil on the last page.
    package var next: PageCursor?

    package init(keys: [APIKeyRecord], total: Int, next: PageCursor? = nil) {
        self.keys = keys
        self.total = total
        self.next = next
    }
}

/// Delete a key of the caller's workspace; every gateway refuses it within a second.
/// - Faults: `.apiKeyNotFound`.
package struct DeleteAPIKey: BusRequest, Codable {
    package static let subject: Subject = "auth.delete-api-key.v1"
    package typealias Reply = Done

    package var id: APIKeyID

    package init(id: APIKeyID) {
        self.id = id
    }
}

/// Whose key a secret is. For gateways, which keep the answer as long as they follow auth's events.
/// - Faults: `.tokenInvalid` for an unknown, deleted or expired key or a workspace that is closed.
package struct CheckAPIKey: BusRequest, Codable {
    package static let subject: Subject = "auth.check-api-key.v1"
    package static let isRepeatable = true
    package typealias Reply = APIKeyGrant

    package var secret: String

    package init(secret: String) {
        self.secret = secret
    }
}

/// What an API key may do, and where.
package struct APIKeyGrant: BusMessage, Codable, Equatable {
    package var id: APIKeyID
    package var workspaceID: WorkspaceID
    package var scopes: Scopes
    /// The surface that its owner's account is pinned to.
    package var clientHint: String
    package var expiresAt: Timestamp?

    package init(id: APIKeyID, workspaceID: WorkspaceID, scopes: Scopes, clientHint: String, expiresAt: Timestamp?) {
        self.id = id
        self.workspaceID = workspaceID
        self.scopes = scopes
        self.clientHint = clientHint
        self.expiresAt = expiresAt
    }
}

/// Tell auth which keys were used when, for `lastUsedAt`. For gateways, every few seconds.
package struct NoteAPIKeyUse: BusRequest, Codable {
    package static let subject: Subject = "auth.note-api-key-use.v1"
    package static let isRepeatable = true
    package typealias Reply = Done

    package struct Use: Sendable, Codable, Equatable {
        package var id: APIKeyID
        package var workspaceID: WorkspaceID
        package var at: Timestamp

        package init(id: APIKeyID, workspaceID: WorkspaceID, at: Timestamp) {
            self.id = id
            self.workspaceID = workspaceID
            self.at = at
        }
    }

    /// At most 1000.
    package var uses: [Use]

    package init(uses: [Use]) {
        self.uses = uses
    }
}
