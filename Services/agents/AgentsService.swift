import Blobs
import Contracts
import EventLog
import Postgres
import ServiceHost
import ServiceLifecycle

/// Clients, the agents that answer for them and the campaigns that they call for: what this service answers and does.
enum AgentsService {
    static let definition = ServiceDefinition(
        name: "agents",
        settings: DialerSettings.all + OnboardingSettings.all + ProviderSettings.all + KnowledgeSettings.all,
        migrations: migrations, extensions: ["vector"], commands: ["sweep-documents": Knowledge.sweep], build: build)

    static let migrations = [
        (name: "0002_create_agents.sql", sql: PackageResources._002_create_agents_sql),
        (name: "0003_create_clients.sql", sql: PackageResources._003_create_clients_sql),
        (name: "0004_set_up_agents.sql", sql: PackageResources._004_set_up_agents_sql),
        (name: "0005_create_campaigns.sql", sql: PackageResources._005_create_campaigns_sql),
        (name: "0006_onboard_agents.sql", sql: PackageResources._006_onboard_agents_sql),
        (name: "0007_create_knowledge.sql", sql: PackageResources._007_create_knowledge_sql),
        (name: "0008_embed_passages.sql", sql: PackageResources._008_embed_passages_sql),
    ]

    @Sendable private static func build(_ host: ServiceHost) throws -> [any Service] {
        let store = AgentsStore(database: host.database, jobs: host.jobs)
        let clients = PostgresClientRepository(store: store)
        let announce = { @Sendable workspaceID in host.announce(AgentsEvents.self, workspaceID: workspaceID) }

        host.serve(CreateClient.self, CreateClientHandler(clients: clients, announce: announce).handle)
        host.serve(GetClient.self, GetClientHandler(clients: clients).handle)
        host.serve(ListClients.self, ListClientsHandler(clients: clients).handle)
        host.serve(UpdateClient.self, UpdateClientHandler(clients: clients, announce: announce).handle)
        host.serve(DeleteClient.self, DeleteClientHandler(clients: clients, announce: announce).handle)
        host.serve(FindClientWorkspace.self, FindClientWorkspaceHandler(clients: clients).handle)
        let agents = PostgresAgentRepository(store: store)
        serveAgents(host, agents, announce)
        serveOnboarding(
            host,
            OnboardingHandler(
                agents: agents, companies: PostgresCompanyRepository(store: store),
                numberPool: host.settings[OnboardingSettings.phoneNumberPool], announce: announce))
        let providers = try Providers(host)
        let knowledge = try Knowledge(
            host: host, store: store, agents: agents, embeddings: providers.embeddings, announce: announce)
        serveAnswering(host, agents, PostgresCompanyRepository(store: store), providers, knowledge)
        let dialling = Dialling(host: host, store: store, announce: announce)
        let wake = { @Sendable [state = dialling.state] in state.wake.signal() }
        serveCampaigns(host, store, wake: wake) {
            announce($0)
            wake()
        }
        host.serveEvents(of: AgentsEvents.self)

        return [
            ReplySweeper(replies: IdempotentReplies(schema: "agents"), database: host.jobs, logger: host.logger),
            RetentionLoop(host: host),
        ] + dialling.components + knowledge.components
    }

    private static func serveAgents(
        _ host: ServiceHost, _ agents: any AgentRepository, _ announce: @escaping @Sendable (WorkspaceID) -> Void
    ) {
        host.serve(CreateAgent.self, CreateAgentHandler(agents: agents, announce: announce).handle)
        let read = ReadAgentsHandler(agents: agents)
        host.serve(GetAgent.self, read.handle)
        host.serve(ListAgents.self, read.handle)
        let change = ChangeAgentHandler(agents: agents, announce: announce)
        host.serve(UpdateAgent.self, change.handle)
        host.serve(DeleteAgent.self, change.handle)
    }

    private static func serveOnboarding(_ host: ServiceHost, _ onboarding: OnboardingHandler) {
        host.serve(SetCompany.self, onboarding.handle)
        host.serve(GetOnboarding.self, onboarding.handle)
        host.serve(SetUpAgent.self, onboarding.handle)
        host.serve(DeployAgent.self, onboarding.handle)
        host.serve(SetAgentsPaused.self, onboarding.handle)
    }

    private static func serveAnswering(
        _ host: ServiceHost, _ agents: any AgentRepository, _ companies: any CompanyRepository,
        _ providers: Providers, _ knowledge: Knowledge
    ) {
        let counts = AnsweringCounts()
        counts.show(in: host.metrics)
        let answering = AnswerMessageHandler(
            agents: agents, companies: companies, passages: knowledge.passages, chat: providers.chat,
            nearest: providers.embeddings.map { NearestQuote(questions: $0.questions) }, bus: host.bus,
            counts: counts, logger: host.logger)
        host.serve(AnswerMessage.self, answering.handle)
        let analysing = AnalyzeConversationHandler(chat: providers.chat, logger: host.logger)
        host.serve(AnalyzeConversation.self, analysing.handle)
        let transcribing = TranscribeAudioHandler(
            store: knowledge.blobs.recordings, recogniser: providers.speech, logger: host.logger)
        host.serve(TranscribeAudio.self, transcribing.handle)
    }

    private static func serveCampaigns(
        _ host: ServiceHost, _ store: AgentsStore, wake: @escaping @Sendable () -> Void,
        announce: @escaping @Sendable (WorkspaceID) -> Void
    ) {
        let campaigns = PostgresCampaignRepository(store: store)
        host.serve(CreateCampaign.self, CreateCampaignHandler(campaigns: campaigns, announce: announce).handle)
        let read = ReadCampaignsHandler(campaigns: campaigns)
        host.serve(GetCampaign.self, read.handle)
        host.serve(ListCampaigns.self, read.handle)
        host.serve(ListCampaignStats.self, read.handle)
        host.serve(GetDialingQueue.self, read.handle)
        let change = ChangeCampaignHandler(campaigns: campaigns, announce: announce)
        host.serve(UpdateCampaign.self, change.handle)
        host.serve(DeleteCampaign.self, change.handle)
        host.serve(LaunchCampaign.self, change.handle)
        host.serve(PauseCampaign.self, change.handle)
        let numbers = CampaignNumbersHandler(numbers: PostgresNumberRepository(store: store), wake: wake)
        host.serve(ListCampaignNumbers.self, numbers.handle)
        host.serve(AddCampaignNumbers.self, numbers.handle)
        let suppressions = SuppressionsHandler(suppressions: PostgresSuppressionRepository(store: store))
        host.serve(CreateSuppression.self, suppressions.handle)
        host.serve(ListSuppressions.self, suppressions.handle)
        host.serve(DeleteSuppression.self, suppressions.handle)
    }
}
