import Bus
import Contracts
import Foundation
import GatewayHTTP

/// What may be said of a client, in POST and PUT alike.
struct ClientFields: Sendable {
    static let schema: [Schema.Field] = [
        .maybe("profession", .text(atMost: 200, example: "dentist").orNull),
        .maybe("voice_name", .text(atMost: 100, example: "af_sarah").orNull),
        .maybe("voice_id", .text(atMost: 100).orNull), .maybe("system_prompt", .text(atMost: 32_000).orNull),
        .maybe("agent_id", Schema.uuid.orNull.described("The agent that answers for the client.")),
    ]

    let name: String?
    let phoneNumber: String?
    let profession: String?
    let voiceName: String?
    let voiceID: String?
    let systemPrompt: String?
    let agentID: AgentID?

    init(_ fields: JSONFields) throws {
        name = try fields.text("name", atMost: 200)?.trimmingCharacters(in: .whitespacesAndNewlines)
        phoneNumber = try fields.text("phone_number", atMost: 64)?.trimmingCharacters(in: .whitespacesAndNewlines)
        profession = try fields.text("profession", atMost: 200)
        voiceName = try fields.text("voice_name", atMost: 100)
        voiceID = try fields.text("voice_id", atMost: 100)
        systemPrompt = try fields.text("system_prompt", atMost: 32_000)
        agentID = try fields.id("agent_id", orElse: .agentNotFound)
    }
}

struct NewClientBody: JSONRead {
    static let schema = Schema.object(
        [
            .always("name", .text(atMost: 200, atLeast: 1, example: "Dr. Mike's Dental")),
            .always("phone_number", .text(atMost: 64, atLeast: 1, example: "+1-555-0100")),
        ] + ClientFields.schema)

    let name: String
    let phoneNumber: String
    let given: ClientFields

    init(_ fields: JSONFields) throws {
        given = try ClientFields(fields)
        guard let name = given.name, !name.isEmpty, let phoneNumber = given.phoneNumber, !phoneNumber.isEmpty else {
            throw Fault(.clientIncomplete)
        }
        self.name = name
        self.phoneNumber = phoneNumber
    }

    func ask(idempotency: IdempotencyKey?) -> CreateClient {
        CreateClient(
            name: name, phoneNumber: phoneNumber, profession: given.profession, voiceName: given.voiceName,
            voiceID: given.voiceID, systemPrompt: given.systemPrompt, agentID: given.agentID, idempotency: idempotency)
    }
}

struct ChangedClientBody: JSONRead {
    static let schema = Schema.object(
        [
            .maybe("name", .text(atMost: 200, atLeast: 1, example: "Dr. Mike's Dental - Updated")),
            .maybe("phone_number", .text(atMost: 64, atLeast: 1, example: "+1-555-0100")),
        ] + ClientFields.schema,
        summary: "Fields that are absent stay; an optional field is emptied by null or an empty text.")

    let given: ClientFields
    private let nulls: Set<String>

    init(_ fields: JSONFields) throws {
        given = try ClientFields(fields)
        if given.name?.isEmpty == true { throw Fault.invalid("name", "must not be empty") }
        if given.phoneNumber?.isEmpty == true { throw Fault.invalid("phone_number", "must not be empty") }
        nulls = Set(["profession", "voice_id", "system_prompt", "agent_id"].filter(fields.isNull))
    }

    func ask(id: ClientID) -> UpdateClient {
        UpdateClient(
            id: id, name: given.name, phoneNumber: given.phoneNumber,
            profession: emptied("profession", given.profession),
            voiceName: given.voiceName, voiceID: emptied("voice_id", given.voiceID),
            systemPrompt: emptied("system_prompt", given.systemPrompt), agentID: given.agentID,
            clearsAgent: nulls.contains("agent_id"))
    }

    private func emptied(_ name: String, _ value: String?) -> String? {
        nulls.contains(name) ? "" : value
    }
}

struct ClientBody: JSONShown {
    static let schema = Schema.named(
        "Client",
        .object([
            .always("id", .uuid), .always("name", .text(example: "Dr. Mike's Dental")),
            .always("phone_number", .text(example: "+1-555-0100")),
            .always("profession", .text(example: "dentist").orNull), .always("voice_name", .text(example: "af_sarah")),
            .always("voice_id", .text().orNull), .always("system_prompt", .text().orNull),
            .always("agent_id", Schema.uuid.orNull), .always("created_at", .timestamp),
        ]))

    let client: ClientRecord

    func write(to json: inout JSONWriter) {
        json.field("id", client.id)
        json.field("name", client.name)
        json.field("phone_number", client.phoneNumber)
        json.field("profession", client.profession)
        json.field("voice_name", client.voiceName)
        json.field("voice_id", client.voiceID)
        json.field("system_prompt", client.systemPrompt)
        json.field("agent_id", client.agentID)
        json.field("created_at", client.createdAt)
    }
}

struct OneClientBody: JSONShown {
    static let schema = Schema.object([.always("client", ClientBody.schema)])

    let client: ClientRecord

    func write(to json: inout JSONWriter) {
        json.field("client", shown: ClientBody(client: client))
    }
}

struct ClientsBody: JSONShown {
    static let schema = Schema.object([
        .always("clients", .array(of: ClientBody.schema)), .always("total", .integer(from: 0, example: 5)),
        .always("next_cursor", .text().orNull),
    ])
    static let query = [
        QueryParameter("limit", .integer(from: 1, through: 1000), "How many at most; 1000 when absent."),
        QueryParameter("cursor", .text(), "`next_cursor` of the page before."),
    ]

    let page: ClientPage

    /// Clients of one question; a page of the longest prompts still fits a message.
    private static let step = 100

    static func page(_ input: RouteInput) async throws -> ClientsBody {
        let limit = try input.query.clamped("limit", default: 1000, from: 1, through: 1000)
        let start = try input.query.cursor()
        let (pages, next) = try await input.walk(limit: limit, step: step, from: start) { limit, cursor in
            let page = try await input.ask(ListClients(limit: limit, after: cursor))
            return (page, page.clients.count, page.next)
        }
        return ClientsBody(
            page: ClientPage(clients: pages.flatMap(\.clients), total: pages.first?.total ?? 0, next: next))
    }

    func write(to json: inout JSONWriter) {
        json.field("clients", shown: page.clients.map { ClientBody(client: $0) })
        json.field("total", page.total)
        json.field("next_cursor", page.next?.text)
    }
}
