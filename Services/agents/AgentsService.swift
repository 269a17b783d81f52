import Contracts
import EventLog
import Postgres
import ServiceHost
import ServiceLifecycle

/// Clients, and the agents that answer for them: what this service answers and does.
enum AgentsService {
    static let definition = ServiceDefinition(name: "agents", migrations: migrations, build: build)

    static let migrations = [
        (name: "0002_create_agents.sql", sql: PackageResources._002_create_agents_sql),
        (name: "0003_create_clients.sql", sql: PackageResources._003_create_clients_sql),
    ]

    @Sendable private static func build(_ host: ServiceHost) -> [any Service] {
        let clients = PostgresClientRepository(database: host.database, jobs: host.jobs)
        let announce = { @Sendable workspaceID in host.announce(AgentsEvents.self, workspaceID: workspaceID) }

        host.serve(CreateClient.self, CreateClientHandler(clients: clients, announce: announce).handle)
        host.serve(GetClient.self, GetClientHandler(clients: clients).handle)
        host.serve(ListClients.self, ListClientsHandler(clients: clients).handle)
        host.serve(UpdateClient.self, UpdateClientHandler(clients: clients, announce: announce).handle)
        host.serve(DeleteClient.self, DeleteClientHandler(clients: clients, announce: announce).handle)
        host.serve(FindClientWorkspace.self, FindClientWorkspaceHandler(clients: clients).handle)
        host.serveEvents(of: AgentsEvents.self)

        return [
            ReplySweeper(replies: IdempotentReplies(schema: "agents"), database: host.jobs, logger: host.logger),
            RetentionLoop(host: host),
        ]
    }
}
