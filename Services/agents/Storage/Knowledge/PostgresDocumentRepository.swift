import Bus
import Contracts
import EventLog
import Postgres
import ServiceHost

struct PostgresDocumentRepository: DocumentRepository {
    let store: AgentsStore

    func add(
        _ documents: [Document], under key: IdempotencyKey?, in workspaceID: WorkspaceID
    ) async throws -> Outcome<DocumentList> {
        try await store.write(once: key, in: workspaceID, explaining: Self.fault) { transaction in
            try await transaction.pipeline(documents.map { DocumentRows.insert($0, in: workspaceID) })
            for document in documents { try await Self.tell(document.record, in: workspaceID, transaction) }
            return DocumentList(documents: documents.map(\.record))
        }
    }

    func find(_ id: DocumentID, in workspaceID: WorkspaceID) async throws -> DocumentRecord? {
        let rows = try await store.database.query(
            """
            SELECT \(unsafe: DocumentRows.columns) FROM agents.documents
            WHERE workspace_id = \(workspaceID) AND id = \(id)
            """, workspaces: [workspaceID.uuid], access: .readOnly)
        return try rows.one().map(DocumentRows.document)?.record
    }

    func page(_ request: ListDocuments, in workspaceID: WorkspaceID) async throws -> DocumentPage {
        let cursor = request.after ?? PageCursor.newest
        var filter: Statement = "workspace_id = \(workspaceID)"
        if let agentID = request.agentID { filter = "\(filter) AND agent_id = \(agentID)" }
        if let status = request.status { filter = "\(filter) AND status = \(status.rawValue)" }
        let results = try await store.database.pipeline(
            [
                """
                SELECT \(unsafe: DocumentRows.columns) FROM agents.documents
                WHERE \(filter) AND (created_at, id) < (\(cursor.at), \(cursor.id))
                ORDER BY created_at DESC, id DESC LIMIT \(request.limit + 1)
                OFFSET \(request.after == nil ? request.offset : 0)
                """,
                "SELECT count(*) FROM agents.documents WHERE \(filter)",
            ], workspaces: [workspaceID.uuid], access: .readOnly)
        let (documents, next) = try results[0].map { try DocumentRows.document($0).record }.page(of: request.limit) {
            PageCursor(at: $0.createdAt, id: $0.id.uuid)
        }
        return DocumentPage(documents: documents, total: try results[1].one()?.decode(at: 0) ?? 0, next: next)
    }

    func remove(_ id: DocumentID, in workspaceID: WorkspaceID) async throws -> String? {
        try await store.write(in: workspaceID) { transaction in
            let results = try await transaction.pipeline([
                """
                SELECT \(unsafe: DocumentRows.columns) FROM agents.documents
                WHERE workspace_id = \(workspaceID) AND id = \(id) FOR UPDATE
                """,
                "DELETE FROM agents.passages WHERE workspace_id = \(workspaceID) AND document_id = \(id)",
                "DELETE FROM agents.documents WHERE workspace_id = \(workspaceID) AND id = \(id)",
            ])
            guard let document = try results[0].one().map(DocumentRows.document) else { throw Fault(.documentNotFound) }
            try await transaction.append(
                DocumentChanged(id: id, name: document.record.name, status: nil, progressPercent: 100),
                workspaceID: workspaceID.uuid, to: AgentsStore.schema)
            return document.blobKey
        }
    }

    func readAnew(_ id: DocumentID, in workspaceID: WorkspaceID) async throws -> DocumentRecord {
        try await store.write(in: workspaceID) { transaction in
            let rows = try await transaction.query(
                """
                UPDATE agents.documents SET status = 'pending', progress_percent = 0, reason = NULL, tries = 0,
                    fence = fence + 1, lease_until = '-infinity', due_at = clock_timestamp(),
                    updated_at = clock_timestamp()
                WHERE workspace_id = \(workspaceID) AND id = \(id)
                RETURNING \(unsafe: DocumentRows.columns)
                """)
            guard let record = try rows.one().map(DocumentRows.document)?.record else { throw Fault(.documentNotFound) }
            try await Self.tell(record, in: workspaceID, transaction)
            return record
        }
    }

    func counts(of agentID: AgentID, in workspaceID: WorkspaceID) async throws -> KnowledgeCounts {
        let rows = try await store.database.query(
            """
            SELECT count(*) FILTER (WHERE kind = 'file'), count(*) FILTER (WHERE kind = 'website'),
                coalesce(sum(faq_entries), 0)::bigint
            FROM agents.documents
            WHERE workspace_id = \(workspaceID) AND agent_id = \(agentID) AND status <> 'failed'
            """, workspaces: [workspaceID.uuid], access: .readOnly)
        guard let row = try rows.one() else { return KnowledgeCounts() }
        return KnowledgeCounts(files: try row[0], websites: try row[1], faqEntries: try row[2])
    }

    private static func tell(
        _ record: DocumentRecord, in workspaceID: WorkspaceID, _ transaction: Transaction
    ) async throws {
        try await transaction.append(record.change, workspaceID: workspaceID.uuid, to: AgentsStore.schema)
    }

    private static func fault(_ error: DatabaseError) -> Fault? {
        switch error.constraint {
        case "documents_agent": Fault(.agentNotFound)
        // A key is given once, and of use once.
        case "documents_pkey": Fault(.inputInvalid, field: "key")
        default: nil
        }
    }
}
