import Bus
import Contracts
import GatewayHTTP

/// An agent and what its calls add up to.
struct AgentStanding: Sendable {
    let agent: AgentRecord
    let measures: Measures
    /// When its last call began; nil before the first.
    let lastCallAt: Timestamp?
    let now: Timestamp

    static func of(_ agents: [AgentRecord], _ input: RouteInput) async throws -> [AgentStanding] {
        guard !agents.isEmpty else { return [] }
        let ids = agents.map(\.id)
        async let totals = input.ask(ListTotals(about: ids.map { .agent($0) }))
        async let last = input.ask(ListLastCalls(agentIDs: ids))
        let (measures, moments) = (try await totals.totals.map(\.measures), try await last.moments)
        let now = Timestamp.now()
        return zip(agents, zip(measures, moments)).map {
            AgentStanding(agent: $0, measures: $1.0, lastCallAt: $1.1, now: now)
        }
    }
}

struct AgentBody: JSONShown {
    static let fields: [Schema.Field] = [
        .always("id", .uuid), .always("name", .text(example: "Ada")),
        .always("role", .text(example: "Customer support")),
        .always("status", .text(among: ["active", "paused", "draft"])),
        .always("channels", ChannelNames.schema), .maybe("phone_number", .text(example: "+1-555-0142")),
        .always("total_calls", .integer(from: 0)), .always("total_chats", .integer(from: 0)),
        .always("success_rate", .number(from: 0, through: 100, example: 94.2)),
        .always("avg_response_time", .text(example: "2.3s")), .always("last_active", .text(example: "2 minutes ago")),
        .always("created_at", .timestamp),
    ]
    static let schema = Schema.named("AgentSummary", .object(fields))

    let agent: AgentStanding

    func write(to json: inout JSONWriter) {
        let (record, measures) = (agent.agent, agent.measures)
        json.field("id", record.id)
        json.field("name", record.name)
        json.field("role", record.presence.role)
        json.field("status", record.status.shown)
        json.name("channels")
        json.array(record.presence.channels) { $0.text($1.rawValue) }
        if let number = record.presence.phoneNumber { json.field("phone_number", number) }
        json.field("total_calls", measures[.calls] - measures[.chats])
        json.field("total_chats", measures[.chats])
        json.field("success_rate", tenths: measures.successTenths)
        json.field("avg_response_time", Wording.seconds(ofMicros: measures.averageResponseMicros))
        json.field("last_active", agent.lastCallAt.map { Wording.ago($0, now: agent.now) } ?? "never")
        json.field("created_at", record.createdAt)
    }
}

extension AgentStatus {
    /// An archived agent answers as little as a paused one.
    var shown: String { self == .archived ? AgentStatus.paused.rawValue : rawValue }
}

struct AgentDetailsBody: JSONShown {
    static let schema = Schema.named(
        "AgentDetails",
        .object(
            AgentBody.fields + [
                .always("description", .text()),
                .always(
                    "voice_config",
                    .object([
                        .always("voice", .text(example: "af_sarah").orNull), .always("tone", .text().orNull),
                        .maybe("personality", .text()), .always("language", .text(example: "en")),
                    ])), .always("channel_config", ChannelSetupBody.schema),
                .always(
                    "knowledge_base",
                    .object([
                        .always("documents", .integer(from: 0)), .always("websites", .integer(from: 0)),
                        .always("faq_entries", .integer(from: 0)),
                    ])),
            ]))

    let agent: AgentStanding
    let knowledge: KnowledgeCounts

    func write(to json: inout JSONWriter) {
        AgentBody(agent: agent).write(to: &json)
        let (setup, presence) = (agent.agent.setup, agent.agent.presence)
        json.field("description", agent.agent.description)
        json.field(
            "voice_config",
            object: { json in
                json.field("voice", setup.voice.voiceID)
                json.field("tone", setup.voice.tone)
                if !presence.personality.isEmpty { json.field("personality", presence.personality) }
                json.field("language", setup.language)
            })
        json.field("channel_config", shown: ChannelSetupBody(setup: presence.setup))
        json.field(
            "knowledge_base",
            object: { json in
                json.field("documents", knowledge.files)
                json.field("websites", knowledge.websites)
                json.field("faq_entries", knowledge.faqEntries)
            })
    }
}

/// What may be changed of an agent; `voice_config` and `channel_config` are taken as they are shown.
struct ChangedAgentBody: JSONRead {
    static let schema = Schema.object(
        [
            .maybe("name", .text(atMost: 100, atLeast: 1, example: "Ada")),
            .maybe("role", .text(atMost: 100, example: "Customer support").orNull),
            .maybe("description", .text(atMost: 4000).orNull),
            .maybe("status", Schema.text(among: ["active", "paused", "draft"]).orNull),
            .maybe("channels", ChannelNames.schema.orNull),
            .maybe("voice_config", Schema.object(VoiceFields.schema).orNull),
            .maybe("channel_config", ChannelSetupBody.schema.orNull),
        ], summary: "Fields that are absent or null stay.")

    let fields: AgentFields

    init(_ json: JSONFields) throws {
        var fields = AgentFields()
        fields.name = try json.text("name", atMost: 100)
        fields.role = try json.text("role", atMost: 100)
        fields.description = try json.text("description", atMost: 4000)
        fields.status = try json.choice("status", AgentStatus.self)
        guard fields.status != .archived else { throw Fault.invalid("status", "must be one of active, paused, draft") }
        fields.channels = try ChannelNames.read(json)
        if let voice = try json.nested("voice_config") { try VoiceFields.read(voice, into: &fields) }
        fields.channelSetup = try json.nested("channel_config").map(ChannelSetupBody.read)
        self.fields = fields
    }
}
