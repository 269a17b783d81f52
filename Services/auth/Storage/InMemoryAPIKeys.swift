import Bus
import Contracts

extension InMemoryAuthStore: APIKeyRepository, RevocationRepository {
    struct StoredKey: Sendable {
        var record: APIKeyRecord
        var secretHash: [UInt8]
        var workspaceID: WorkspaceID
        var clientHint: String
        var isDeleted = false
    }

    func add(_ key: NewAPIKey, idempotency: IdempotencyKey?) throws -> Outcome<CreatedAPIKey> {
        if let first = try reply(CreatedAPIKey.self, idempotency) { return Outcome(first, isReplayed: true) }
        let clientHint =
            switch key.creator {
            case .person(let id, _): people[PersonID(id)]?.clientHint
            case .apiKey(let id): apiKeys[APIKeyID(id)]?.clientHint
            case .anonymous, .service: nil as String?
            }
        apiKeys[key.record.id] = StoredKey(
            record: key.record, secretHash: key.secret.hash, workspaceID: key.workspaceID, clientHint: clientHint ?? "")
        record(key.audit)
        let answer = CreatedAPIKey(record: key.record, secret: key.secret.text)
        keep(answer, idempotency)
        return Outcome(answer)
    }

    func apiKeys(of workspaceID: WorkspaceID, page: PageRequest) -> Page<APIKeyRecord> {
        let own = apiKeys.values.filter { $0.workspaceID == workspaceID && !$0.isDeleted }.map(\.record)
        return Page(
            cutFrom: own.sorted { ($0.createdAt, $0.id.description) > ($1.createdAt, $1.id.description) }, by: page
        ) { PageCursor(at: $0.createdAt, id: $0.id.uuid) }
    }

    func delete(
        _ id: APIKeyID, in workspaceID: WorkspaceID, by actor: Caller.Identity, at now: Timestamp,
        revocation: AccessRevoked
    ) -> Bool {
        guard let key = apiKeys[id], key.workspaceID == workspaceID, !key.isDeleted else { return false }
        apiKeys[id]?.isDeleted = true
        logged.append((workspaceID, revocation))
        record(
            AuditEntry(
                workspaceID: workspaceID, at: now, kind: .apiKeyDeleted, actor: actor.credentialID,
                subject: id.description))
        return true
    }

    func find(_ id: APIKeyID) -> StoredAPIKey? {
        guard let key = apiKeys[id], !key.isDeleted, !closedWorkspaces.contains(key.workspaceID) else { return nil }
        return StoredAPIKey(
            grant: APIKeyGrant(
                id: id, workspaceID: key.workspaceID, scopes: key.record.scopes, clientHint: key.clientHint,
                expiresAt: key.record.expiresAt),
            secretHash: key.secretHash)
    }

    func note(_ uses: [NoteAPIKeyUse.Use]) {
        for use in uses where apiKeys[use.id]?.workspaceID == use.workspaceID {
            let last = apiKeys[use.id]?.record.lastUsedAt ?? use.at
            apiKeys[use.id]?.record.lastUsedAt = max(last, use.at)
        }
    }

    func revocations(at now: Timestamp) -> Revocations {
        var positions = [Int](repeating: 0, count: EventPartition.count)
        for entry in logged { positions[EventPartition.of(entry.workspaceID.uuid)] += 1 }
        return Revocations(positions: positions, entries: logged.map(\.event).filter { $0.forgetAfter > now })
    }

    func sweep(at now: Timestamp) -> SweptRows {
        SweptRows()
    }
}
