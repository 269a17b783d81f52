import Bus
import Contracts
import GatewayHTTP
import Hummingbird

struct CompanyBody: JSONRead {
    static let schema = Schema.object([
        .always("company_name", .text(atMost: 200, atLeast: 1, example: "Acme Dental")),
        .always("industry", .text(atMost: 200, example: "Healthcare")),
        .always("use_case", .text(atMost: 200, example: "Appointments")),
        .maybe("description", .text(atMost: 4000, example: "Three practices in one town").orNull),
    ])

    let profile: CompanyProfile

    init(_ json: JSONFields) throws {
        profile = CompanyProfile(
            name: try json.required("company_name", atMost: 200), industry: try json.required("industry", atMost: 200),
            useCase: try json.required("use_case", atMost: 200),
            description: try json.text("description", atMost: 4000) ?? "")
    }
}

struct NewAgentBody: JSONRead {
    static let schema = Schema.object([
        .always("name", .text(atMost: 100, atLeast: 1, example: "Ada")),
        .always("role", .text(atMost: 100, example: "Customer support")),
        .maybe("description", .text(atMost: 4000, example: "Answers questions about bookings").orNull),
        .always("channels", ChannelNames.schema),
    ])

    let fields: AgentFields

    init(_ json: JSONFields) throws {
        var fields = AgentFields()
        fields.name = try json.required("name", atMost: 100)
        fields.role = try json.required("role", atMost: 100)
        fields.description = try json.text("description", atMost: 4000)
        guard let channels = try ChannelNames.read(json) else { throw Fault.invalid("channels", "is required") }
        fields.channels = channels
        fields.status = .draft
        self.fields = fields
    }
}

/// `["phone", "chat"]`.
enum ChannelNames {
    static let schema = Schema.array(of: .text(among: AgentChannel.allCases.map(\.rawValue)))

    static func read(_ json: JSONFields) throws -> [AgentChannel]? {
        try json.texts("channels", atMost: 20)?.map { text in
            guard let channel = AgentChannel(rawValue: text.lowercased()) else {
                let names = AgentChannel.allCases.map(\.rawValue).joined(separator: ", ")
                throw Fault.invalid("channels", "must be of \(names)")
            }
            return channel
        }
    }
}

struct MadeAgentBody: JSONShown {
    static let schema = Schema.object([.always("agent_id", .uuid)])

    let id: AgentID

    func write(to json: inout JSONWriter) {
        json.field("agent_id", id)
    }
}

/// Any of `{voice, tone, personality, language}`.
enum VoiceFields {
    static let schema: [Schema.Field] = [
        .maybe("voice", .text(atMost: 100, example: "af_sarah").orNull),
        .maybe("tone", .text(atMost: 100, example: "friendly").orNull),
        .maybe("personality", .text(atMost: 2000, example: "Patient, with a dry humour").orNull),
        .maybe("language", .text(atMost: 35, example: "en").orNull),
    ]

    static func read(_ json: JSONFields, into fields: inout AgentFields) throws {
        fields.voiceID = try json.text("voice", atMost: 100)
        fields.tone = try json.text("tone", atMost: 100)
        fields.personality = try json.text("personality", atMost: 2000)
        fields.language = try json.text("language", atMost: 35)
    }
}

struct VoiceBody: JSONRead {
    static let schema = Schema.object([
        .always("voice", .text(atMost: 100, atLeast: 1, example: "af_sarah")),
        .always("tone", .text(atMost: 100, atLeast: 1, example: "friendly")),
        .maybe("personality", .text(atMost: 2000, example: "Patient, with a dry humour").orNull),
        .always("language", .text(atMost: 35, atLeast: 1, example: "en")),
        .maybe("agent_id", Schema.uuid.orNull.described("The newest draft when absent, else the newest agent.")),
    ])

    let agentID: AgentID?
    let fields: AgentFields

    init(_ json: JSONFields) throws {
        agentID = try json.id("agent_id", orElse: .agentNotFound)
        var fields = AgentFields()
        fields.voiceID = try json.required("voice", atMost: 100)
        fields.tone = try json.required("tone", atMost: 100)
        fields.personality = try json.text("personality", atMost: 2000)
        fields.language = try json.required("language", atMost: 35)
        self.fields = fields
    }
}

struct ChannelsBody: JSONRead {
    static let schema = Schema.object(
        ChannelSetupBody.fields + [
            .maybe("agent_id", Schema.uuid.orNull.described("The newest draft when absent, else the newest agent."))
        ])

    let agentID: AgentID?
    let fields: AgentFields

    init(_ json: JSONFields) throws {
        agentID = try json.id("agent_id", orElse: .agentNotFound)
        var fields = AgentFields()
        fields.channelSetup = try ChannelSetupBody.read(json)
        self.fields = fields
    }
}

/// `{phone_number?, chat_widget?, whatsapp?, email?}`.
struct ChannelSetupBody: JSONShown {
    private static let widget = Schema.object([
        .always("enabled", .boolean),
        .maybe("website_url", .text(atMost: 2048, example: "https://example.com").orNull),
        .maybe("widget_color", .text(atMost: 32, example: "#4f46e5").orNull),
    ])
    private static let kept = Schema(true).described("Kept and shown as it is given.")
    static let fields: [Schema.Field] = [
        .maybe("phone_number", .text(atMost: 64, example: "+1-555-0142").orNull),
        .maybe("chat_widget", widget.orNull), .maybe("whatsapp", kept), .maybe("email", kept),
    ]
    static let schema = Schema.object(fields)

    let setup: ChannelSetup

    static func read(_ json: JSONFields) throws -> ChannelSetup {
        ChannelSetup(
            phoneNumber: try json.text("phone_number", atMost: 64),
            chatWidget: try json.nested("chat_widget").map { widget in
                ChatWidget(
                    isEnabled: try widget.boolean("enabled") ?? true,
                    websiteURL: try widget.text("website_url", atMost: 2048),
                    color: try widget.text("widget_color", atMost: 32))
            }, whatsapp: json["whatsapp"].map { String(buffer: $0.encoded) },
            email: json["email"].map { String(buffer: $0.encoded) })
    }

    func write(to json: inout JSONWriter) {
        if let number = setup.phoneNumber { json.field("phone_number", number) }
        if let widget = setup.chatWidget {
            json.field(
                "chat_widget",
                object: { json in
                    json.field("enabled", widget.isEnabled)
                    json.field("website_url", widget.websiteURL)
                    json.field("widget_color", widget.color)
                })
        }
        Self.write("whatsapp", setup.whatsapp, to: &json)
        Self.write("email", setup.email, to: &json)
    }

    private static func write(_ name: StaticString, _ text: String?, to json: inout JSONWriter) {
        guard let text, let value = try? JSONParser.parse(ByteBuffer(string: text)) else { return }
        json.name(name)
        json.value(value)
    }
}

struct DeployBody: JSONRead {
    static let schema = Schema.object([.always("agent_id", .uuid)])

    let agentID: AgentID

    init(_ json: JSONFields) throws {
        guard let id: AgentID = try json.id("agent_id", orElse: .agentNotFound) else {
            throw Fault.invalid("agent_id", "is required")
        }
        agentID = id
    }
}

struct DeployedBody: JSONShown {
    static let schema = Schema.object([
        .always("success", .boolean), .maybe("phone_number", .text(example: "+1-555-0142")),
        .maybe("simulated", Schema.boolean.described("Nobody can really call the number.")),
    ])

    let agent: AgentRecord

    func write(to json: inout JSONWriter) {
        json.field("success", true)
        guard let number = agent.presence.phoneNumber else { return }
        json.field("phone_number", number)
        json.field("simulated", agent.presence.isPhoneSimulated)
    }
}

struct OnboardingStatusBody: JSONShown {
    static let schema = Schema.object([
        .always("status", .text(among: ["in_progress", "ready", "deployed"])),
        .always("message", .text(example: "The step voice is missing")),
        .always(
            "steps",
            .array(of: .object([.always("name", .text(example: "company")), .always("done", .boolean)]))),
        .always("agent_id", Schema.uuid.orNull),
    ])

    let onboarding: Onboarding

    func write(to json: inout JSONWriter) {
        let isDeployed = onboarding.agent?.presence.deployedAt != nil
        let missing = onboarding.missingStep
        json.field("status", isDeployed ? "deployed" : missing == nil ? "ready" : "in_progress")
        let said =
            isDeployed
            ? "The agent answers" : missing.map { "The step \($0) is missing" } ?? "The agent can be deployed"
        json.field("message", said)
        json.name("steps")
        json.array(onboarding.steps + [("deploy", isDeployed)]) { json, step in
            json.object {
                $0.field("name", step.name)
                $0.field("done", step.isDone)
            }
        }
        json.field("agent_id", onboarding.agent?.id)
    }
}
