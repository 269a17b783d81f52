import Bus
import Contracts
import Postgres
import ProcessBlobs
import ServiceHost
import ServiceLifecycle

/// What the calls service answers and what it listens to.
enum CallsService {
    static let migrations = [
        (name: "0002_create_calls.sql", sql: PackageResources._002_create_calls_sql),
        (name: "0003_key_calls.sql", sql: PackageResources._003_key_calls_sql),
        (name: "0004_ingest_cheaply.sql", sql: PackageResources._004_ingest_cheaply_sql),
        (name: "0005_detail_calls.sql", sql: PackageResources._005_detail_calls_sql),
        (name: "0006_search_calls.sql", sql: PackageResources._006_search_calls_sql),
        (name: "0007_create_recordings.sql", sql: PackageResources._007_create_recordings_sql),
        (name: "0008_tell_changes.sql", sql: PackageResources._008_tell_changes_sql),
        (name: "0009_part_phrases.sql", sql: PackageResources._009_part_phrases_sql),
        (name: "0010_list_chats.sql", sql: PackageResources._010_list_chats_sql),
        (name: "0011_hold_conversations.sql", sql: PackageResources._011_hold_conversations_sql),
        (name: "0012_analyse_calls.sql", sql: PackageResources._012_analyse_calls_sql),
        (name: "0013_rank_analyses.sql", sql: PackageResources._013_rank_analyses_sql),
    ]

    static let definition = ServiceDefinition(
        name: "calls", settings: BlobSettings.all + ConversationSettings.all + AnalysisSettings.all,
        migrations: migrations, commands: ["sweep-recordings": sweepRecordings], build: build)

    private static func build(_ host: ServiceHost) async throws -> [any Service] {
        let bus = host.bus
        let writer = PostgresCallWriter(database: host.database, logger: host.logger) { partition in
            bus.publish(EventsRecorded<CallsEvents>(partition: partition))
        }
        let ingest = CallIngest(writer: writer, logger: host.logger)
        CallMetrics.add(of: ingest, to: host.metrics)
        let batches = CallBatches(database: host.database) { host.announce(CallsEvents.self, workspaceID: $0) }
        let calls = PostgresCallRepository(
            database: host.database, ingest: ingest, search: CallSearch(database: host.database, jobs: host.jobs),
            changes: CallChanges(batches))
        let clients = ClientLookup(copies: PostgresClientCopyRepository(database: host.database), agents: bus)

        let log = LogCallHandler(calls: calls, clients: clients)
        host.serve(LogCall.self, log.handle)
        host.serve(LogCalls.self, log.handle)
        let agents = AgentLookup(copies: PostgresAgentCopyRepository(database: host.database), agents: bus)
        let campaigns = CampaignLookup(
            copies: PostgresCampaignCopyRepository(database: host.database), agents: bus)
        let things = NamedThings(clients: clients, agents: agents, campaigns: campaigns)
        host.serve(RecordCall.self, RecordCallHandler(calls: calls, things: things).handle)
        let change = ChangeCallHandler(calls: calls, things: things)
        host.serve(ChangeCall.self, change.handle)
        host.serve(DeleteCall.self, change.handle)
        let read = ReadCallsHandler(calls: calls)
        host.serve(GetCall.self, read.handle)
        host.serve(ListCalls.self, read.handle)
        host.serve(ListLastCalls.self, read.handle)
        let conversations = PostgresConversationRepository(database: host.database, jobs: host.jobs) {
            host.announce(CallsEvents.self, workspaceID: $0)
        }
        let idle = serveConversations(host, conversations, calls)
        let recompute = RecomputeHandler(recompute: PostgresRecompute(jobs: host.jobs))
        host.serve(ListCallWorkspaces.self, recompute.handle)
        host.serve(RecomputeStatistics.self, recompute.handle)
        host.serveEvents(of: CallsEvents.self)

        return [
            AgentsListener(host: host, things: things), WorkspaceListener(host: host),
            CallIndexer(host: host, isBusy: { ingest.isPressed }),
            RetentionLoop(host: host), idle,
            CallAnalyser(
                queue: AnalysisQueue(jobs: host.jobs, includesStated: host.settings[AnalysisSettings.loggedCalls]),
                calls: batches, conversations: conversations, agents: bus, logger: host.logger,
                isBusy: { ingest.isPressed }),
        ]
            + (try serveRecordings(host))
    }

    private static func serveConversations(
        _ host: ServiceHost, _ conversations: any ConversationRepository, _ calls: any CallRepository
    ) -> IdleConversations {
        host.serve(
            SendMessage.self,
            SendMessageHandler(conversations: conversations, calls: calls, agents: host.bus).handle)
        let handler = ConversationHandler(conversations: conversations, calls: calls)
        host.serve(GetConversation.self, handler.handle)
        host.serve(EndConversation.self, handler.handle)
        host.serve(RateConversation.self, handler.handle)
        return IdleConversations(
            conversations: conversations, handler: handler,
            idleSeconds: host.settings[ConversationSettings.idleMinutes] * 60, logger: host.logger)
    }

    private static func serveRecordings(_ host: ServiceHost) throws -> [any Service] {
        let handler = RecordingHandler(recordings: PostgresRecordingRepository(database: host.database))
        host.serve(BeginRecording.self, handler.handle)
        host.serve(ConfirmRecording.self, handler.handle)
        host.serve(GetRecording.self, handler.handle)
        let blobs = try ProcessBlobs(host.process)
        return [blobs, sweeper(host, blobs)]
    }

    /// `calls sweep-recordings`: what a process does every hour, at once.
    @Sendable private static func sweepRecordings(_ host: ServiceHost) async throws -> Int32 {
        let blobs = try ProcessBlobs(host.process)
        let sweeper = sweeper(host, blobs)
        do {
            sweeper.log(try await sweeper.sweep())
        } catch {
            host.logger.error("recordings cannot be swept", metadata: ["cause": "\(error)"])
            await blobs.close()
            return 1
        }
        await blobs.close()
        return 0
    }

    private static func sweeper(_ host: ServiceHost, _ blobs: ProcessBlobs) -> RecordingSweeper {
        RecordingSweeper(
            recordings: PostgresRecordingSweeping(jobs: host.jobs), store: blobs.recordings, logger: host.logger)
    }
}
