import Bus
import Contracts
import Foundation

/// Clients in memory, for unit tests: the same rules without a database.
actor MemoryClientRepository: ClientRepository {
    private struct StoredReply {
        var fingerprint: [UInt8]
        var record: ClientRecord
    }

    private var clients: [WorkspaceID: [ClientID: Client]] = [:]
    private var agents: [WorkspaceID: Set<AgentID>] = [:]
    private var replies: [WorkspaceID: [[UInt8]: StoredReply]] = [:]
    /// What was announced, oldest first.
    private(set) var events: [ClientChanged] = []

    func addAgent(_ id: AgentID, in workspaceID: WorkspaceID) {
        agents[workspaceID, default: []].insert(id)
    }

    func add(
        _ client: Client, under key: IdempotencyKey?, in workspaceID: WorkspaceID
    ) throws -> Outcome<ClientRecord> {
        if let key, let first = replies[workspaceID]?[key.digest] {
            guard first.fingerprint == key.fingerprint else { throw Fault(.keyReused) }
            return Outcome(first.record, isReplayed: true)
        }
        try check(client, in: workspaceID)
        clients[workspaceID, default: [:]][client.record.id] = client
        events.append(ClientChanged(before: nil, after: client.record))
        if let key {
            replies[workspaceID, default: [:]][key.digest] = StoredReply(
                fingerprint: key.fingerprint, record: client.record)
        }
        return Outcome(client.record)
    }

    func find(_ id: ClientID, in workspaceID: WorkspaceID) -> ClientRecord? {
        active(in: workspaceID).first { $0.record.id == id }?.record
    }

    func page(of workspaceID: WorkspaceID, limit: Int, after cursor: PageCursor?) -> ClientPage {
        func place(_ record: ClientRecord) -> (Timestamp, String) { (record.createdAt, record.id.description) }
        let all = active(in: workspaceID).map(\.record).sorted { place($0) > place($1) }
        let rest = all.filter { record in
            cursor.map { place(record) < ($0.at, ClientID($0.id).description) } ?? true
        }
        let page = Array(rest.prefix(limit))
        let last = rest.count > limit ? page.last : nil
        return ClientPage(
            clients: page, total: all.count, next: last.map { PageCursor(at: $0.createdAt, id: $0.id.uuid) })
    }

    func change(
        _ id: ClientID, in workspaceID: WorkspaceID, by rule: @escaping @Sendable (Client) throws -> Client
    ) throws -> ClientRecord {
        guard let before = active(in: workspaceID).first(where: { $0.record.id == id }) else {
            throw Fault(.clientNotFound)
        }
        let after = try rule(before)
        guard after != before else { return before.record }
        if after.record.isActive { try check(after, in: workspaceID) }
        clients[workspaceID]?[id] = after
        events.append(ClientChanged(before: before.record, after: after.record))
        return after.record
    }

    func workspace(of id: ClientID) -> WorkspaceID? {
        clients.first { $0.value[id]?.record.isActive == true }?.key
    }

    private func active(in workspaceID: WorkspaceID) -> [Client] {
        (clients[workspaceID] ?? [:]).values.filter(\.record.isActive)
    }

    private func check(_ client: Client, in workspaceID: WorkspaceID) throws {
        if let agentID = client.record.agentID, agents[workspaceID]?.contains(agentID) != true {
            throw Fault(.agentNotFound, field: "agent_id")
        }
        let rivals = active(in: workspaceID).filter { $0.record.id != client.record.id }
        guard !rivals.contains(where: { $0.normalisedPhone == client.normalisedPhone }) else {
            throw Fault(.phoneNumberTaken, field: ClientField.phoneNumber.rawValue)
        }
    }
}
