import Contracts
import Foundation
import Postgres
import ServiceHost

/// How a document stands in its table.
enum DocumentRows {
    /// In the order in which `document` reads them.
    static let columns = """
        id, agent_id, kind, name, format, source_url, size_bytes, status, progress_percent, reason, passages, \
        created_by, created_at, updated_at, blob_key, sha256
        """

    static func document(_ row: Row) throws -> Document {
        let (kind, status): (String, String) = (try row[2], try row[7])
        let format: String? = try row[4]
        guard let kind = DocumentKind(rawValue: kind), let status = DocumentStatus(rawValue: status) else {
            throw DatabaseError(.decoding, "\"\(kind)\" and \"\(status)\" are no kind and status of a document.")
        }
        let (progress, passages): (Int16, Int32) = (try row[8], try row[10])
        return Document(
            record: DocumentRecord(
                id: try row[0], agentID: try row[1], kind: kind, name: try row[3],
                format: format.flatMap(DocumentFormat.init), sourceURL: try row[5], sizeBytes: try row[6],
                status: status, progressPercent: Int(progress), reason: try row[9], passages: Int(passages),
                createdBy: try row[11], createdAt: try row[12], updatedAt: try row[13]),
            blobKey: try row[14], sha256: try row[15])
    }

    static func insert(_ document: Document, in workspaceID: WorkspaceID) -> Statement {
        let record = document.record
        return """
            INSERT INTO agents.documents
                (workspace_id, id, agent_id, kind, name, format, source_url, blob_key, size_bytes, sha256, status,
                created_by, created_at, updated_at)
            VALUES (\(workspaceID), \(record.id), \(record.agentID), \(record.kind.rawValue), \(record.name),
                \(record.format?.rawValue), \(record.sourceURL), \(document.blobKey), \(record.sizeBytes),
                \(document.sha256), \(record.status.rawValue), \(record.createdBy), \(record.createdAt),
                \(record.updatedAt))
            """
    }
}
