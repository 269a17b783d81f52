import Bus
import Contracts
import Foundation
import Synchronization
import Testing

@testable import agents

/// The handlers on a bus, over clients in memory.
private struct Bench {
    let bus = InMemoryBus()
    let clients = MemoryClientRepository()
    let announced = Announced()
    let workspaceID = WorkspaceID(UUID())
    var caller: Caller { Caller(identity: .apiKey(UUID()), workspaceID: workspaceID.uuid, scopes: 2) }

    final class Announced: Sendable {
        let count = Atomic<Int>(0)
    }

    init() {
        let announce = { @Sendable [announced] (_: WorkspaceID) in
            _ = announced.count.add(1, ordering: .relaxed)
        }
        bus.serve(CreateClient.self, CreateClientHandler(clients: clients, announce: announce).handle)
        bus.serve(GetClient.self, GetClientHandler(clients: clients).handle)
        bus.serve(ListClients.self, ListClientsHandler(clients: clients).handle)
        bus.serve(UpdateClient.self, UpdateClientHandler(clients: clients, announce: announce).handle)
        bus.serve(DeleteClient.self, DeleteClientHandler(clients: clients, announce: announce).handle)
        bus.serve(FindClientWorkspace.self, FindClientWorkspaceHandler(clients: clients).handle)
    }

    func ask<Request: BusRequest>(_ request: Request, as other: Caller? = nil) async throws -> Request.Reply {
        try await bus.ask(request, as: other ?? caller)
    }

    func fault<Request: BusRequest>(_ request: Request, as other: Caller? = nil) async -> Fault? {
        do {
            _ = try await ask(request, as: other)
            return nil
        } catch {
            return error as? Fault
        }
    }
}

@Suite struct `Clients over the bus` {
    private let bench = Bench()
    private let request = CreateClient(name: "Rossi", phoneNumber: "+1-555-0100")

    @Test func `are made, read and announced`() async throws {
        let made = try await bench.ask(request)
        #expect(!made.isReplayed)
        #expect(try await bench.ask(GetClient(id: made.value.id)) == made.value)
        #expect(bench.announced.count.load(ordering: .relaxed) == 1)
        #expect(await bench.clients.events == [ClientChanged(before: nil, after: made.value)])
    }

    @Test func `are made once for each key`() async throws {
        var keyed = request
        keyed.idempotency = IdempotencyKey(digest: [1], fingerprint: [2])
        let first = try await bench.ask(keyed)
        let second = try await bench.ask(keyed)
        #expect(second.value == first.value && second.isReplayed && !first.isReplayed)
        #expect(bench.announced.count.load(ordering: .relaxed) == 1)
        keyed.idempotency?.fingerprint = [3]
        #expect(await bench.fault(keyed)?.entry == .keyReused)
    }

    @Test func `do not share a number however it is written`() async throws {
        _ = try await bench.ask(request)
        let fault = await bench.fault(CreateClient(name: "Bianchi", phoneNumber: "+1 (555) 0100"))
        #expect(fault?.entry == .phoneNumberTaken)
        #expect(fault?.message == "Phone number already in use")
    }

    @Test func `give their number free when they are deleted`() async throws {
        let made = try await bench.ask(request).value
        _ = try await bench.ask(DeleteClient(id: made.id))
        #expect(await bench.fault(GetClient(id: made.id))?.entry == .clientNotFound)
        #expect(await bench.fault(DeleteClient(id: made.id))?.entry == .clientNotFound)
        #expect(await bench.fault(UpdateClient(id: made.id, name: "x"))?.entry == .clientNotFound)
        _ = try await bench.ask(request)
        let last = await bench.clients.events[1]
        #expect(last.before == made && last.after.isActive == false && last.after.version == 2)
    }

    @Test func `name only agents that there are`() async throws {
        let agentID = AgentID(UUID())
        var named = request
        named.agentID = agentID
        #expect(await bench.fault(named)?.entry == .agentNotFound)
        await bench.clients.addAgent(agentID, in: bench.workspaceID)
        #expect(try await bench.ask(named).value.agentID == agentID)
    }

    @Test func `are strangers to another workspace`() async throws {
        let made = try await bench.ask(request).value
        let stranger = Caller(identity: .apiKey(UUID()), workspaceID: UUID(), scopes: 2)
        #expect(await bench.fault(GetClient(id: made.id), as: stranger)?.entry == .clientNotFound)
        #expect(await bench.fault(UpdateClient(id: made.id, name: "x"), as: stranger)?.entry == .clientNotFound)
        #expect(await bench.fault(DeleteClient(id: made.id), as: stranger)?.entry == .clientNotFound)
        #expect(try await bench.ask(ListClients(limit: 10), as: stranger).total == 0)
        #expect(try await bench.ask(request, as: stranger).value.phoneNumber == "+1-555-0100")
    }

    @Test func `need a workspace`() async {
        #expect(await bench.fault(request, as: .anonymous)?.entry == .permissionDenied)
        #expect(await bench.fault(ListClients(limit: 10), as: .anonymous)?.entry == .permissionDenied)
    }

    @Test func `are found without a workspace only by services`() async throws {
        let made = try await bench.ask(request).value
        let find = FindClientWorkspace(id: made.id)
        #expect(try await bench.ask(find, as: .service("gateway")) == bench.workspaceID)
        #expect(await bench.fault(find)?.entry == .permissionDenied)
        let unknown = FindClientWorkspace(id: ClientID(UUID()))
        #expect(await bench.fault(unknown, as: .service("gateway"))?.entry == .clientNotFound)
    }

    @Test func `are listed newest first, page by page`() async throws {
        var made: [ClientID] = []
        for number in 100..<107 {
            made.append(try await bench.ask(CreateClient(name: "n\(number)", phoneNumber: "+1555\(number)")).value.id)
        }
        var seen: [ClientID] = []
        var cursor: PageCursor?
        repeat {
            let page = try await bench.ask(ListClients(limit: 3, after: cursor))
            #expect(page.total == 7)
            seen += page.clients.map(\.id)
            cursor = page.next
        } while cursor != nil
        #expect(seen == made.reversed())
        #expect(await bench.fault(ListClients(limit: 0))?.field == "limit")
        #expect(await bench.fault(ListClients(limit: 1001))?.field == "limit")
    }
}
