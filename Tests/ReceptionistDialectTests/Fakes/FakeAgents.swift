import Bus
import Contracts
import Foundation
import NIOConcurrencyHelpers

/// Agents on dictionaries.
final class FakeAgents: Sendable {
    struct State {
        var clients: [ClientID: (workspace: WorkspaceID, client: ClientRecord)] = [:]
        var keys: [[UInt8]: (fingerprint: [UInt8], client: ClientRecord)] = [:]
    }

    let state = NIOLockedValueBox(State())

    func serve(on bus: InMemoryBus) {
        bus.serve(CreateClient.self) { request, caller in try self.create(request, try caller.requireWorkspace()) }
        bus.serve(GetClient.self) { request, caller in try self.client(request.id, try caller.requireWorkspace()) }
        bus.serve(ListClients.self) { request, caller in
            let workspace = try caller.requireWorkspace()
            let clients = self.state.withLockedValue { state in
                state.clients.values.filter { $0.workspace == workspace && $0.client.isActive }.map(\.client)
            }
            return ClientPage(clients: Array(clients.prefix(request.limit)), total: clients.count, next: nil)
        }
        bus.serve(UpdateClient.self) { request, caller in
            var client = try self.client(request.id, try caller.requireWorkspace())
            if let name = request.name { client.name = name }
            if let phone = request.phoneNumber { client.phoneNumber = phone }
            if let profession = request.profession { client.profession = profession.isEmpty ? nil : profession }
            if let voice = request.voiceName { client.voiceName = voice }
            if let agent = request.agentID { client.agentID = agent }
            if request.clearsAgent { client.agentID = nil }
            self.put(client)
            return client
        }
        bus.serve(DeleteClient.self) { request, caller in
            var client = try self.client(request.id, try caller.requireWorkspace())
            client.isActive = false
            self.put(client)
            return Done()
        }
        bus.serve(FindClientWorkspace.self) { request, caller in
            guard case .service("gateway") = caller.identity else { throw Fault(.permissionDenied) }
            guard let found = self.state.withLockedValue({ $0.clients[request.id] }) else {
                throw Fault(.clientNotFound)
            }
            return found.workspace
        }
    }

    private func create(_ request: CreateClient, _ workspace: WorkspaceID) throws -> Outcome<ClientRecord> {
        try state.withLockedValue { state in
            if let key = request.idempotency, let known = state.keys[key.digest] {
                guard known.fingerprint == key.fingerprint else { throw Fault(.keyReused) }
                return Outcome(known.client, isReplayed: true)
            }
            let isTaken = state.clients.values.contains {
                $0.workspace == workspace && $0.client.isActive && $0.client.phoneNumber == request.phoneNumber
            }
            guard !isTaken else { throw Fault(.phoneNumberTaken) }
            let client = ClientRecord(
                id: ClientID(UUID()), name: request.name, phoneNumber: request.phoneNumber,
                profession: request.profession,
                voiceName: request.voiceName ?? "af_sarah", voiceID: request.voiceID,
                systemPrompt: request.systemPrompt,
                agentID: request.agentID, createdAt: .now(), isActive: true, version: 1)
            state.clients[client.id] = (workspace, client)
            if let key = request.idempotency { state.keys[key.digest] = (key.fingerprint, client) }
            return Outcome(client)
        }
    }

    private func client(_ id: ClientID, _ workspace: WorkspaceID) throws -> ClientRecord {
        let known = state.withLockedValue { $0.clients[id] }
        guard let known, known.workspace == workspace, known.client.isActive else { throw Fault(.clientNotFound) }
        return known.client
    }

    private func put(_ client: ClientRecord) {
        state.withLockedValue { $0.clients[client.id]?.client = client }
    }
}
