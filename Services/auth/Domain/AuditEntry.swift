import Bus
import Contracts
import Crypto
import Foundation

/// One line of the audit log.
struct AuditEntry: Sendable, Equatable {
    enum Kind: String, Sendable, CaseIterable {
        case registered
        case signedIn = "signed-in"
        case signInFailed = "sign-in-failed"
        case signInRefused = "sign-in-refused"
        case signedOut = "signed-out"
        case sessionEnded = "session-ended"
        case refreshTokenReused = "refresh-token-reused"
        case apiKeyCreated = "api-key-created"
        case apiKeyDeleted = "api-key-deleted"
        case passwordResetAsked = "password-reset-asked"
        case passwordChanged = "password-changed"
        case roleChanged = "role-changed"
        case accountDisabled = "account-disabled"
        case accountEnabled = "account-enabled"
        case memberInvited = "member-invited"
        case invitationAccepted = "invitation-accepted"
        case invitationWithdrawn = "invitation-withdrawn"
        case memberRemoved = "member-removed"
        case workspaceChanged = "workspace-changed"
    }

    /// Where entries are kept that belong to nobody: a sign-in with an unknown e-mail.
    static let nobody = WorkspaceID(UUID(uuid: (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)))

    let workspaceID: WorkspaceID
    let at: Timestamp
    let kind: Kind
    /// `person:<id>`, `key:<id>` or `anonymous`.
    let actor: String
    /// The id of what it was done to; empty for nothing.
    let subject: String
    let origin: ClientOrigin

    init(
        workspaceID: WorkspaceID, at: Timestamp, kind: Kind, actor: String, subject: String,
        origin: ClientOrigin = ClientOrigin(address: "", userAgent: "")
    ) {
        self.workspaceID = workspaceID
        self.at = at
        self.kind = kind
        self.actor = actor
        self.subject = subject
        self.origin = origin
    }

    init(
        workspaceID: WorkspaceID, at: Timestamp, kind: Kind, person: PersonID, subject: String,
        origin: ClientOrigin = ClientOrigin(address: "", userAgent: "")
    ) {
        self.init(
            workspaceID: workspaceID, at: at, kind: kind, actor: "person:\(person)", subject: subject, origin: origin)
    }

    /// What its hash covers, beside its number and the hash before it.
    var content: [UInt8] {
        var writer = MessageWriter()
        writer.write(workspaceID)
        writer.write(at)
        writer.write(kind.rawValue)
        writer.write(actor)
        writer.write(subject)
        writer.write(origin.address)
        writer.write(origin.userAgent)
        return writer.bytes
    }
}

/// The hashes that tie the entries of a workspace together, so that none can be changed, moved or taken out unnoticed.
struct AuditChain: Sendable, Equatable {
    /// The last entry's; 0 before the first.
    private(set) var number = 0
    /// The last entry's, 32 bytes.
    private(set) var hash = [UInt8](repeating: 0, count: 32)

    init() {}

    /// - Parameter hash: 32 bytes.
    init(number: Int, hash: [UInt8]) {
        self.number = number
        self.hash = hash
    }

    /// Adds an entry at the end.
    mutating func append(_ entry: AuditEntry) {
        number += 1
        var hasher = SHA256()
        hasher.update(data: hash)
        withUnsafeBytes(of: Int64(number).bigEndian) { hasher.update(bufferPointer: $0) }
        hasher.update(data: entry.content)
        hash = Array(hasher.finalize())
    }

    /// Goes on by an entry that was read back.
    /// - Returns: false when it does not follow.
    mutating func follows(_ entry: AuditEntry, number: Int, hash: [UInt8]) -> Bool {
        append(entry)
        return self.number == number && self.hash == hash
    }
}
