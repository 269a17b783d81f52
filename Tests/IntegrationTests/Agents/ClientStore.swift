import Bus
import Contracts
import EventLog
import Foundation
import Postgres

@testable import agents

extension ServiceDatabase.Schema {
    static let forAgents = ServiceDatabase.Schema(
        name: "agents", migrations: AgentsService.migrations, extensions: AgentsService.definition.extensions)
}

/// The stores that the same suite runs on.
enum ClientStore: CaseIterable {
    case memory
    case postgres

    /// A store with nothing in it, and what a test needs to know of it beside its protocol.
    struct Bench {
        let clients: any ClientRepository
        let workspaceID = WorkspaceID(UUID())
        let addAgent: (AgentID, WorkspaceID) async throws -> Void
        let events: () async throws -> [ClientChanged]
    }

    func with(_ body: (Bench) async throws -> Void) async throws {
        switch self {
        case .memory:
            let clients = MemoryClientRepository()
            try await body(
                Bench(
                    clients: clients, addAgent: { await clients.addAgent($0, in: $1) },
                    events: { await clients.events }))
        case .postgres:
            try await ServiceDatabase.with([.forAgents]) { services, _ in
                guard let agents = services["agents"] else { return }
                try await body(Self.bench(agents))
            }
        }
    }

    private static func bench(_ agents: ServiceDatabase) -> Bench {
        Bench(
            clients: PostgresClientRepository(store: AgentsStore(database: agents.database, jobs: agents.jobs)),
            addAgent: { id, workspaceID in
                try await agents.database.query(
                    """
                    INSERT INTO agents.agents (workspace_id, id, name)
                    VALUES (\(workspaceID.uuid), \(id.uuid), \("Agent \(id)"))
                    """, workspaces: [workspaceID.uuid])
            },
            events: {
                let reader = EventReader(database: agents.jobs, schema: "agents")
                let zero = [Int](repeating: 0, count: EventPartition.count)
                return try await reader.events(after: zero, limit: 4096).compactMap { try $0.event(ClientChanged.self) }
            })
    }
}

extension Client {
    static func sample(
        _ name: String = "Rossi", phone: String = "+1-555-0100", agentID: AgentID? = nil,
        at second: Int = 0
    ) throws -> Client {
        try made(
            by: CreateClient(
                name: name, phoneNumber: phone, profession: "dentist", voiceID: "v-1", systemPrompt: "Be kind — été 🙂",
                agentID: agentID),
            id: ClientID(UUID()), at: Timestamp(microseconds: 1_780_000_000_123_456).adding(seconds: second))
    }
}

/// The code of the fault that `body` throws.
func faultCode<Result>(_ body: () async throws -> Result) async -> FaultCode? {
    do {
        _ = try await body()
        return nil
    } catch {
        return (error as? Fault)?.entry
    }
}

extension IdempotencyKey {
    static func sample(_ key: UInt8, body: UInt8 = 0) -> IdempotencyKey {
        IdempotencyKey(digest: .init(repeating: key, count: 32), fingerprint: .init(repeating: body, count: 32))
    }
}
