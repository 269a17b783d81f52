import Bus
import Contracts
import ServiceRuntime

/// An API key about to be stored.
struct NewAPIKey: Sendable {
    let record: APIKeyRecord
    let workspaceID: WorkspaceID
    let creator: Caller.Identity
    let secret: APIKeySecret

    /// - Throws: `.inputInvalid` naming the field, `.permissionDenied` for scopes that the caller lacks.
    init(_ request: CreateAPIKey, by caller: Caller, at now: Timestamp) throws {
        workspaceID = try caller.requireWorkspace()
        switch caller.identity {
        case .person, .apiKey: creator = caller.identity
        case .anonymous, .service: throw Fault(.permissionDenied)
        }
        guard let name = try GivenText.optional(request.name, field: "name", limit: 100) else {
            throw Fault(.inputInvalid, "name is required", field: "name")
        }
        if let days = request.expiresInDays, !(1...3650).contains(days) {
            throw Fault(.inputInvalid, "expires_in_days must be from 1 to 3650", field: "expires_in_days")
        }
        try Self.check(request.scopes, of: caller)
        secret = APIKeySecret(for: APIKeyID(UUIDv7.make()))
        record = APIKeyRecord(
            id: secret.id, name: name, prefix: secret.prefix, scopes: request.scopes, createdAt: now,
            expiresAt: request.expiresInDays.map { now.adding(seconds: $0 * 86_400) }, lastUsedAt: nil)
    }

    private static func check(_ scopes: Scopes, of caller: Caller) throws {
        guard !scopes.isEmpty, Scopes(names: scopes.names) == scopes else {
            throw Fault(.inputInvalid, "scopes must name at least one scope", field: "scopes")
        }
        guard caller.grantedScopes.allow(scopes) else {
            throw Fault(.permissionDenied, "A key cannot have a scope that its maker lacks", field: "scopes")
        }
    }

    /// What the audit log says about it.
    var audit: AuditEntry {
        AuditEntry(
            workspaceID: workspaceID, at: record.createdAt, kind: .apiKeyCreated, actor: creator.credentialID,
            subject: record.id.description)
    }
}

/// A key as it is looked up by whoever holds it.
struct StoredAPIKey: Sendable, Equatable {
    var grant: APIKeyGrant
    /// SHA-256 of the whole key.
    var secretHash: [UInt8]
}
