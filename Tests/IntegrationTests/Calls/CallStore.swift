import Bus
import Contracts
import Foundation
import Logging
import Postgres
import Testing

@testable import calls

/// A form of the repositories, with what a test needs to look behind it.
struct CallStore: Sendable {
    let calls: any CallRepository
    let clients: any ClientCopyRepository

    enum Form: String, CaseIterable, Sendable { case memory, postgres }

    static func with(_ form: Form, _ body: (CallStore) async throws -> Void) async throws {
        switch form {
        case .memory:
            let memory = InMemoryCallRepository()
            try await body(CallStore(calls: memory, clients: memory))
        case .postgres:
            try await withPostgres { database, _ in try await body(postgres(database)) }
        }
    }

    static func withPostgres(
        _ body: (_ calls: ServiceDatabase, _ owner: Database) async throws -> Void
    ) async throws {
        try await ServiceDatabase.with([.forCalls]) { services, owner in
            try await body(try #require(services["calls"]), owner)
        }
    }

    static func postgres(_ database: ServiceDatabase) -> CallStore {
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let writer = PostgresCallWriter(database: database.database, logger: logger) { _ in }
        let ingest = CallIngest(writer: writer, logger: logger)
        return CallStore(
            calls: PostgresCallRepository(
                database: database.database, ingest: ingest,
                search: CallSearch(database: database.database, jobs: database.jobs),
                changes: CallChanges(CallBatches(database: database.database) { _ in })),
            clients: PostgresClientCopyRepository(database: database.database))
    }
}

extension NewCall {
    static func sample(
        _ id: CallID = CallID(UUID()), in workspaceID: WorkspaceID, client: ClientID,
        at text: String = "2026-03-01T12:00:00Z",
        durationMS: Int = 45_500, llmMicros: Int? = 300_000, sentiment: Sentiment = .positive,
        transcript: String = "Hello", key: CallID? = nil
    ) throws -> NewCall {
        let request = LogCall(
            id: id, keyID: key, clientID: client, callerPhone: "+1-555-0200", callerName: "John Smith",
            durationMS: durationMS,
            latencies: ComponentLatencies(sttMicros: 150_000, llmMicros: llmMicros), transcript: transcript,
            sentiment: sentiment, recordingURL: "https://example.com/a.wav", notes: "n",
            createdAt: Timestamp(text: text))
        return try NewCall.logged(request, in: workspaceID, agentID: nil, at: .now())
    }
}
