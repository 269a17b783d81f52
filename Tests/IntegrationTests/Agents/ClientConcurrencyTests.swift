import Bus
import Contracts
import EventLog
import Foundation
import Postgres
import Testing

@testable import agents

/// What only a real database can show.
@Suite struct `Clients in PostgreSQL` {
    private func withAgents(_ body: (ServiceDatabase, PostgresClientRepository) async throws -> Void) async throws {
        try await ServiceDatabase.with([.forAgents]) { services, _ in
            let agents = try #require(services["agents"])
            try await body(
                agents, PostgresClientRepository(store: AgentsStore(database: agents.database, jobs: agents.jobs)))
        }
    }

    @Test func `share no number, even when all ask at once`() async throws {
        try await withAgents { agents, clients in
            let workspaceID = WorkspaceID(UUID())
            let codes = await withTaskGroup(of: FaultCode?.self) { group in
                for _ in 0..<12 {
                    group.addTask {
                        await faultCode { try await clients.add(try .sample(), under: nil, in: workspaceID) }
                    }
                }
                return await group.reduce(into: [FaultCode?]()) { $0.append($1) }
            }
            #expect(codes.count { $0 == nil } == 1)
            #expect(codes.count { $0 == .phoneNumberTaken } == 11)
            let reader = EventReader(database: agents.jobs, schema: "agents")
            let events = try await reader.events(after: .init(repeating: 0, count: 16), limit: 100)
            #expect(events.count == 1)
        }
    }

    @Test func `are made once for a key that is sent many times at once`() async throws {
        try await withAgents { _, clients in
            let workspaceID = WorkspaceID(UUID())
            let key = IdempotencyKey.sample(9)
            let answers = await withTaskGroup(of: Result<Outcome<ClientRecord>, any Error>.self) { group in
                for _ in 0..<12 {
                    group.addTask {
                        do {
                            return .success(try await clients.add(try .sample(), under: key, in: workspaceID))
                        } catch {
                            return .failure(error)
                        }
                    }
                }
                return await group.reduce(into: []) { $0.append($1) }
            }
            let made = answers.compactMap { try? $0.get() }
            #expect(made.count { !$0.isReplayed } == 1)
            #expect(Set(made.map(\.value.id)).count == 1)
            for answer in answers {
                guard case .failure(let error) = answer else { continue }
                #expect((error as? Fault)?.entry == .stillRunning)
            }
            let page = try await clients.page(of: workspaceID, limit: 10, after: nil)
            #expect(page.total == 1)
        }
    }

    @Test func `lose no change when many change one`() async throws {
        try await withAgents { agents, clients in
            let workspaceID = WorkspaceID(UUID())
            let client = try Client.sample()
            _ = try await clients.add(client, under: nil, in: workspaceID)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<20 {
                    group.addTask {
                        _ = try await clients.change(client.record.id, in: workspaceID) {
                            try $0.changed(by: UpdateClient(id: $0.record.id, name: "n\(number)"))
                        }
                    }
                }
                try await group.waitForAll()
            }
            #expect(try await clients.find(client.record.id, in: workspaceID)?.version == 21)
            let reader = EventReader(database: agents.jobs, schema: "agents")
            let events = try await reader.events(after: .init(repeating: 0, count: 16), limit: 100)
            #expect(events.map(\.number) == Array(1...21))
            let changes = try events.compactMap { try $0.event(ClientChanged.self) }
            for (earlier, later) in zip(changes, changes.dropFirst()) { #expect(later.before == earlier.after) }
        }
    }

    @Test func `are hidden from a statement that forgot its workspace`() async throws {
        try await withAgents { agents, clients in
            let (mine, other) = (WorkspaceID(UUID()), WorkspaceID(UUID()))
            let client = try Client.sample()
            _ = try await clients.add(client, under: nil, in: mine)
            let all: Statement = "SELECT count(*) FROM agents.clients"
            #expect(try await agents.database.query(all)[0][0] == 0)
            #expect(try await agents.database.query(all, workspaces: [other.uuid])[0][0] == 0)
            #expect(try await agents.database.query(all, workspaces: [mine.uuid])[0][0] == 1)
            #expect(try await agents.jobs.query(all)[0][0] == 1)
            let smuggled = await databaseError {
                try await agents.database.query(
                    PostgresClientRepository.insert(try .sample(), in: mine), workspaces: [other.uuid])
            }
            #expect(smuggled?.sqlState == "42501")
        }
    }

    @Test func `keep no answer longer than they must`() async throws {
        try await withAgents { agents, clients in
            let key = IdempotencyKey.sample(7)
            _ = try await clients.add(try .sample(), under: key, in: WorkspaceID(UUID()))
            #expect(try await IdempotentReplies(schema: "agents").sweep(in: agents.jobs) == 0)
        }
    }
}
