import Bus
import Contracts
import Foundation
import Testing

@testable import agents

@Suite struct `Kept clients` {
    @Test(arguments: ClientStore.allCases)
    func `come back as they were stored`(store: ClientStore) async throws {
        try await store.with { bench in
            let agentID = AgentID(UUID())
            try await bench.addAgent(agentID, bench.workspaceID)
            let client = try Client.sample(agentID: agentID)
            let outcome = try await bench.clients.add(client, under: nil, in: bench.workspaceID)
            #expect(outcome.value == client.record && !outcome.isReplayed)
            #expect(try await bench.clients.find(client.record.id, in: bench.workspaceID) == client.record)
            #expect(try await bench.clients.workspace(of: client.record.id) == bench.workspaceID)
            #expect(try await bench.events() == [ClientChanged(before: nil, after: client.record)])
        }
    }

    @Test(arguments: ClientStore.allCases)
    func `are stored once for each key`(store: ClientStore) async throws {
        try await store.with { bench in
            let key = IdempotencyKey.sample(1, body: 2)
            let first = try Client.sample()
            _ = try await bench.clients.add(first, under: key, in: bench.workspaceID)
            let again = try await bench.clients.add(try .sample(), under: key, in: bench.workspaceID)
            #expect(again.value == first.record && again.isReplayed)
            #expect(try await bench.events().count == 1)

            let other = IdempotencyKey.sample(1, body: 3)
            let code = await faultCode {
                try await bench.clients.add(try .sample(phone: "+15550101"), under: other, in: bench.workspaceID)
            }
            #expect(code == .keyReused)
            let elsewhere = WorkspaceID(UUID())
            #expect(try await bench.clients.add(first, under: key, in: elsewhere).isReplayed == false)
        }
    }

    @Test(arguments: ClientStore.allCases)
    func `have numbers of their own within a workspace`(store: ClientStore) async throws {
        try await store.with { bench in
            let first = try Client.sample(phone: "+1-555-0100")
            let second = try Client.sample(phone: "+1-555-0101")
            _ = try await bench.clients.add(first, under: nil, in: bench.workspaceID)
            _ = try await bench.clients.add(second, under: nil, in: bench.workspaceID)
            let same = try Client.sample(phone: "+1 (555) 0100")
            #expect(
                await faultCode { try await bench.clients.add(same, under: nil, in: bench.workspaceID) }
                    == .phoneNumberTaken)
            let toTaken: @Sendable (Client) throws -> Client = {
                try $0.changed(by: UpdateClient(id: $0.record.id, phoneNumber: "+15550100"))
            }
            #expect(
                await faultCode {
                    try await bench.clients.change(second.record.id, in: bench.workspaceID, by: toTaken)
                } == .phoneNumberTaken)
            _ = try await bench.clients.add(try .sample(), under: nil, in: WorkspaceID(UUID()))
            _ = try await bench.clients.change(first.record.id, in: bench.workspaceID) { $0.deleted() }
            _ = try await bench.clients.change(second.record.id, in: bench.workspaceID, by: toTaken)
        }
    }

    @Test(arguments: ClientStore.allCases)
    func `change with their event and no other way`(store: ClientStore) async throws {
        try await store.with { bench in
            let client = try Client.sample()
            _ = try await bench.clients.add(client, under: nil, in: bench.workspaceID)
            let changed = try await bench.clients.change(client.record.id, in: bench.workspaceID) {
                try $0.changed(by: UpdateClient(id: $0.record.id, name: "Bianchi", profession: ""))
            }
            #expect(changed.name == "Bianchi" && changed.profession == nil && changed.version == 2)
            #expect(try await bench.clients.find(client.record.id, in: bench.workspaceID) == changed)
            let same = try await bench.clients.change(client.record.id, in: bench.workspaceID) { $0 }
            #expect(same == changed)
            struct Refused: Error {}
            await #expect(throws: Refused.self) {
                try await bench.clients.change(client.record.id, in: bench.workspaceID) { _ in throw Refused() }
            }
            #expect(
                try await bench.events() == [
                    ClientChanged(before: nil, after: client.record),
                    ClientChanged(before: client.record, after: changed),
                ])
        }
    }

    @Test(arguments: ClientStore.allCases)
    func `are gone once they are deleted`(store: ClientStore) async throws {
        try await store.with { bench in
            let client = try Client.sample()
            _ = try await bench.clients.add(client, under: nil, in: bench.workspaceID)
            let id = client.record.id
            let last = try await bench.clients.change(id, in: bench.workspaceID) { $0.deleted() }
            #expect(!last.isActive)
            #expect(try await bench.clients.find(id, in: bench.workspaceID) == nil)
            #expect(try await bench.clients.workspace(of: id) == nil)
            #expect(try await bench.clients.page(of: bench.workspaceID, limit: 10, after: nil).total == 0)
            #expect(
                await faultCode { try await bench.clients.change(id, in: bench.workspaceID) { $0.deleted() } }
                    == .clientNotFound)
        }
    }

    @Test(arguments: ClientStore.allCases)
    func `name agents of their own workspace`(store: ClientStore) async throws {
        try await store.with { bench in
            let agentID = AgentID(UUID())
            try await bench.addAgent(agentID, WorkspaceID(UUID()))
            let client = try Client.sample(agentID: agentID)
            #expect(
                await faultCode { try await bench.clients.add(client, under: nil, in: bench.workspaceID) }
                    == .agentNotFound)
            let plain = try Client.sample()
            _ = try await bench.clients.add(plain, under: nil, in: bench.workspaceID)
            #expect(
                await faultCode {
                    try await bench.clients.change(plain.record.id, in: bench.workspaceID) {
                        try $0.changed(by: UpdateClient(id: $0.record.id, agentID: agentID))
                    }
                } == .agentNotFound)
            #expect(try await bench.events().count == 1)
        }
    }

    @Test(arguments: ClientStore.allCases)
    func `are strangers to another workspace`(store: ClientStore) async throws {
        try await store.with { bench in
            let client = try Client.sample()
            _ = try await bench.clients.add(client, under: nil, in: bench.workspaceID)
            let stranger = WorkspaceID(UUID())
            #expect(try await bench.clients.find(client.record.id, in: stranger) == nil)
            #expect(try await bench.clients.page(of: stranger, limit: 10, after: nil).clients.isEmpty)
            #expect(
                await faultCode { try await bench.clients.change(client.record.id, in: stranger) { $0.deleted() } }
                    == .clientNotFound)
        }
    }

    @Test(arguments: ClientStore.allCases)
    func `are listed newest first, also those of one moment, and stably`(store: ClientStore) async throws {
        try await store.with { bench in
            for number in 0..<9 {
                let client = try Client.sample(phone: "+1555010\(number)", at: number / 3)
                _ = try await bench.clients.add(client, under: nil, in: bench.workspaceID)
            }
            let all = try await bench.clients.page(of: bench.workspaceID, limit: 100, after: nil)
            #expect(all.total == 9 && all.clients.count == 9 && all.next == nil)
            #expect(all.clients.map(\.createdAt) == all.clients.map(\.createdAt).sorted(by: >))
            var seen: [ClientRecord] = []
            var cursor: PageCursor?
            repeat {
                let page = try await bench.clients.page(of: bench.workspaceID, limit: 2, after: cursor)
                seen += page.clients
                cursor = page.next
                let newer = try Client.sample(phone: "+1555020\(seen.count)", at: 100)
                _ = try await bench.clients.add(newer, under: nil, in: bench.workspaceID)
            } while cursor != nil
            #expect(seen == all.clients)
        }
    }
}
