import Bus
import Contracts

/// `knowledge`: alike under every prefix.
package enum KnowledgeRoutes {
    package static let routes: [Route] = [
        .get(
            "knowledge", needs: .readAgents, "Documents that agents know or are to know, newest first",
            query: DocumentsBody.query, show: DocumentsBody.page),
        .get("knowledge/{id}", needs: .readAgents, "One document, and how far it is") {
            GetDocument(id: try $0.id(orElse: .documentNotFound))
        } show: {
            DocumentBody(document: $0)
        },
        .delete("knowledge/{id}", needs: .deleteAgents, "Forget a document") {
            DeleteDocument(id: try $0.id(orElse: .documentNotFound))
        } show: { _ in
            DoneBody(message: "Document deleted")
        },
        .post("knowledge/{id}/reindex", needs: .writeAgents, "Read a document anew; a website is fetched again") {
            ReindexDocument(id: try $0.id(orElse: .documentNotFound))
        } show: {
            DocumentBody(document: $0)
        },
    ]
}

struct DocumentBody: JSONShown {
    static let schema = Schema.named(
        "Document",
        .object([
            .always("id", .uuid), .always("name", .text(example: "prices.pdf")),
            .always("kind", .text(among: DocumentKind.allCases.map(\.rawValue))),
            .always(
                "format", Schema.text(among: DocumentFormat.allCases.map(\.rawValue)).described("Of a file.").orNull),
            .always("source_url", Schema.text().orNull.described("Of a website.")),
            .always("size_bytes", Schema.integer(from: 1).orNull),
            .always("status", .text(among: DocumentStatus.allCases.map(\.rawValue))),
            .always("progress", .integer(from: 0, through: 100)),
            .always("reason", Schema.text().orNull.described("Why it failed, or what it waits for.")),
            .always("passages", Schema.integer(from: 0).described("Pieces of it that can be found.")),
            .always("agent_id", Schema.uuid.orNull), .always("created_by", Schema.uuid.orNull),
            .always("created_at", .timestamp), .always("updated_at", .timestamp),
        ]))

    let document: DocumentRecord

    func write(to json: inout JSONWriter) {
        json.field("id", document.id)
        json.field("name", document.name)
        json.field("kind", document.kind.rawValue)
        json.field("format", document.kind == .file ? document.format?.rawValue : nil)
        json.field("source_url", document.sourceURL)
        json.field("size_bytes", document.sizeBytes)
        json.field("status", document.status.rawValue)
        json.field("progress", document.progressPercent)
        json.field("reason", document.reason)
        json.field("passages", document.passages)
        json.field("agent_id", document.agentID)
        json.field("created_by", document.createdBy)
        json.field("created_at", document.createdAt)
        json.field("updated_at", document.updatedAt)
    }
}

struct DocumentsBody: JSONShown {
    static let schema = Schema.object([
        .always("total", .integer(from: 0)), .always("items", .array(of: DocumentBody.schema)),
        .always("next_cursor", .text().orNull),
    ])
    static let query =
        [
            QueryParameter("agent_id", .uuid, "Only what was given to this agent."),
            QueryParameter(
                "status", .text(among: DocumentStatus.allCases.map(\.rawValue)), "Only documents in this state."),
        ] + ListBounds.query(default: 100, through: 1000)

    let page: DocumentPage

    static func page(_ input: RouteInput) async throws -> DocumentsBody {
        let bounds = try ListBounds(input.query, default: 100, through: 1000)
        let page = try await input.ask(
            ListDocuments(
                agentID: try input.query.id("agent_id", orElse: .agentNotFound),
                status: try input.query.choice("status", DocumentStatus.self), limit: bounds.limit,
                offset: bounds.skip, after: bounds.cursor))
        return DocumentsBody(page: page)
    }

    func write(to json: inout JSONWriter) {
        json.field("total", page.total)
        json.field("items", shown: page.documents.map { DocumentBody(document: $0) })
        json.field("next_cursor", page.next?.text)
    }
}
