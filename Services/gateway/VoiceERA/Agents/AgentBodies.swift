import Bus
import Contracts
import GatewayHTTP

/// `active`, `inactive` (a draft or paused) or `archived`.
enum ShownAgentStatus: String, CaseIterable {
    case active
    case inactive
    case archived

    init(_ status: AgentStatus) {
        switch status {
        case .active: self = .active
        case .draft, .paused: self = .inactive
        case .archived: self = .archived
        }
    }

    /// The states that are shown as this one; the first is what setting it means.
    var statuses: [AgentStatus] {
        switch self {
        case .active: [.active]
        case .inactive: [.paused, .draft]
        case .archived: [.archived]
        }
    }

    static let schema = Schema.text(among: allCases.map(\.rawValue))
}

/// What may be said of an agent, in POST and PUT alike.
private enum AgentInput {
    static let schema: [Schema.Field] = [
        .maybe("description", .text(atMost: 4000, example: "Handles customer support").orNull),
        .maybe("llm_provider", .text(atMost: 100, example: "openai").orNull),
        .maybe("llm_model", .text(atMost: 100, example: "gpt-4").orNull),
        .maybe("stt_provider", .text(atMost: 100, example: "deepgram").orNull),
        .maybe("tts_provider", .text(atMost: 100, example: "cartesia").orNull),
        .maybe("system_prompt", .text(atMost: 32_000, example: "You are a helpful support agent.").orNull),
        .maybe("language", .text(atMost: 35, example: "en").orNull),
        .maybe("voice_parameters", VoiceParametersBody.schema.orNull),
        .maybe("status", ShownAgentStatus.schema.orNull),
    ]

    static func fields(_ json: JSONFields) throws -> AgentFields {
        var fields = AgentFields()
        fields.name = try json.text("name", atMost: 100)
        fields.description = try json.text("description", atMost: 4000)
        fields.llmProvider = try json.text("llm_provider", atMost: 100)
        fields.llmModel = try json.text("llm_model", atMost: 100)
        fields.sttProvider = try json.text("stt_provider", atMost: 100)
        fields.ttsProvider = try json.text("tts_provider", atMost: 100)
        fields.systemPrompt = try json.text("system_prompt", atMost: 32_000)
        fields.language = try json.text("language", atMost: 35)
        fields.voice = try json.nested("voice_parameters").map(VoiceParametersBody.read)
        fields.status = try json.choice("status", ShownAgentStatus.self)?.statuses[0]
        return fields
    }
}

struct NewAgentBody: JSONRead {
    static let schema = Schema.object(
        [.always("name", .text(atMost: 100, atLeast: 1, example: "Support Agent"))] + AgentInput.schema)

    let fields: AgentFields

    init(_ json: JSONFields) throws {
        fields = try AgentInput.fields(json)
        guard fields.name != nil else { throw Fault.invalid("name", "is required") }
    }
}

struct ChangedAgentBody: JSONRead {
    static let schema = Schema.object(
        [.maybe("name", .text(atMost: 100, atLeast: 1, example: "Updated Name"))] + AgentInput.schema,
        summary: "Fields that are absent or null stay.")

    let fields: AgentFields

    init(_ json: JSONFields) throws {
        fields = try AgentInput.fields(json)
    }
}

/// `{voice_id, speed, tone}`.
struct VoiceParametersBody: JSONShown {
    static let schema = Schema.object([
        .maybe("voice_id", .text(atMost: 100, example: "english_male").orNull),
        .maybe("speed", .number(from: 0, through: 4, example: 1).orNull),
        .maybe("tone", .text(atMost: 100, example: "professional").orNull),
    ])

    let voice: VoiceParameters

    static func read(_ json: JSONFields) throws -> VoiceParameters {
        VoiceParameters(
            voiceID: try json.text("voice_id", atMost: 100),
            speedPermille: try json.scaled("speed", by: 1000, in: 0.25...4), tone: try json.text("tone", atMost: 100))
    }

    func write(to json: inout JSONWriter) {
        json.field("voice_id", voice.voiceID)
        json.name("speed")
        json.decimal(voice.speedPermille ?? 1000, places: 3, keeping: 1)
        json.field("tone", voice.tone)
    }
}

struct AgentBody: JSONShown {
    static let schema = Schema.named(
        "Agent",
        .object([
            .always("id", .uuid), .always("user_id", Schema.uuid.orNull.described("Who made it.")),
            .always("name", .text(example: "Support Agent")), .always("description", .text()),
            .always("llm_provider", .text(example: "openai")), .always("llm_model", .text(example: "gpt-4")),
            .always("stt_provider", .text(example: "deepgram")), .always("tts_provider", .text(example: "cartesia")),
            .always("system_prompt", .text()), .always("language", .text(example: "en")),
            .always("voice_parameters", VoiceParametersBody.schema), .always("status", ShownAgentStatus.schema),
            .always("version", .integer(from: 1)), .always("created_at", .timestamp),
            .always("updated_at", .timestamp),
        ]))

    let agent: AgentRecord

    init(_ agent: AgentRecord) {
        self.agent = agent
    }

    func write(to json: inout JSONWriter) {
        json.field("id", agent.id)
        json.field("user_id", agent.createdBy)
        json.field("name", agent.name)
        json.field("description", agent.description)
        json.field("llm_provider", agent.setup.llmProvider)
        json.field("llm_model", agent.setup.llmModel)
        json.field("stt_provider", agent.setup.sttProvider)
        json.field("tts_provider", agent.setup.ttsProvider)
        json.field("system_prompt", agent.setup.systemPrompt)
        json.field("language", agent.setup.language)
        json.field("voice_parameters", shown: VoiceParametersBody(voice: agent.setup.voice))
        json.field("status", ShownAgentStatus(agent.status).rawValue)
        json.field("version", agent.version)
        json.field("created_at", agent.createdAt)
        json.field("updated_at", agent.updatedAt)
    }
}

struct AgentsBody: JSONShown {
    static let schema = Schema.object([
        .always("total", .integer(from: 0, example: 15)), .always("skip", .integer(from: 0)),
        .always("limit", .integer(from: 1, through: 100)), .always("items", .array(of: AgentBody.schema)),
        .always("next_cursor", .text().orNull),
    ])
    static let query =
        [
            QueryParameter("search", .text(), "Only agents with this in their name or description."),
            QueryParameter("status", ShownAgentStatus.schema, "Only agents in this state."),
        ] + ListBounds.query(default: 10, through: 100)

    let page: AgentPage
    let bounds: ListBounds

    static func page(_ input: RouteInput) async throws -> AgentsBody {
        let bounds = try ListBounds(input.query, default: 10, through: 100)
        let status = try input.query.choice("status", ShownAgentStatus.self)
        let page = try await input.ask(
            ListAgents(
                search: input.query["search"].map { String($0.prefix(200)) }, statuses: status?.statuses ?? [],
                limit: bounds.limit, offset: bounds.skip, after: bounds.cursor))
        return AgentsBody(page: page, bounds: bounds)
    }

    func write(to json: inout JSONWriter) {
        json.field("total", page.total)
        json.field("skip", bounds.skip)
        json.field("limit", bounds.limit)
        json.field("items", shown: page.agents.map(AgentBody.init))
        json.field("next_cursor", page.next?.text)
    }
}

struct AgentConfigBody: JSONShown {
    private static let provider = Schema.object([.always("provider", .text(example: "deepgram"))])

    static let schema = Schema.object([
        .always("agent_id", .uuid), .always("name", .text(example: "Support Agent")),
        .always(
            "llm",
            .object([
                .always("provider", .text(example: "openai")), .always("model", .text(example: "gpt-4")),
            ])), .always("stt", provider), .always("tts", provider), .always("system_prompt", .text()),
        .always("language", .text(example: "en")), .always("voice_parameters", VoiceParametersBody.schema),
        .always("status", ShownAgentStatus.schema), .always("version", .integer(from: 1)),
        .always("updated_at", .timestamp),
    ])

    let agent: AgentRecord

    init(_ agent: AgentRecord) {
        self.agent = agent
    }

    func write(to json: inout JSONWriter) {
        json.field("agent_id", agent.id)
        json.field("name", agent.name)
        json.field(
            "llm",
            object: { json in
                json.field("provider", agent.setup.llmProvider)
                json.field("model", agent.setup.llmModel)
            })
        json.field("stt", object: { $0.field("provider", agent.setup.sttProvider) })
        json.field("tts", object: { $0.field("provider", agent.setup.ttsProvider) })
        json.field("system_prompt", agent.setup.systemPrompt)
        json.field("language", agent.setup.language)
        json.field("voice_parameters", shown: VoiceParametersBody(voice: agent.setup.voice))
        json.field("status", ShownAgentStatus(agent.status).rawValue)
        json.field("version", agent.version)
        json.field("updated_at", agent.updatedAt)
    }
}
