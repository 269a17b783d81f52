import Bus
import Contracts
import GatewayHTTP

/// `POST /onboarding/knowledge`: what the agent is to know, as one form.
enum KnowledgeStep {
    static let route: Route = {
        var route = Route(
            .post, "onboarding/knowledge", needs: .writeAgents, status: .ok,
            summary: "Give the agent what it is to know", answer: .json(AddedKnowledgeBody.schema)
        ) { input in
            let outcome = try await KnowledgeUpload.add(input)
            var answer = Answer(.ok, AddedKnowledgeBody(documents: outcome.value.documents))
            answer.isReplayed = outcome.isReplayed
            return answer
        }
        route.body = .multipart(KnowledgeUpload.schema)
        route.mayConflict = true
        route.rate = .uploads
        route.priority = .ingest
        return route
    }()
}

struct AddedKnowledgeBody: JSONShown {
    static let schema = Schema.object([
        .always("success", .boolean),
        .always(
            "documents",
            .array(
                of: .object([
                    .always("id", .uuid), .always("name", .text(example: "prices.pdf")),
                    .always("status", .text(among: DocumentStatus.allCases.map(\.rawValue))),
                ]))),
    ])

    let documents: [DocumentRecord]

    func write(to json: inout JSONWriter) {
        json.field("success", true)
        json.name("documents")
        json.array(documents) { json, document in
            json.object {
                $0.field("id", document.id)
                $0.field("name", document.name)
                $0.field("status", document.status.rawValue)
            }
        }
    }
}
