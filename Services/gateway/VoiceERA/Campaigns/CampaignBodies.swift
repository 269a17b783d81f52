import Bus
import Contracts
import GatewayHTTP

/// What may be said of a campaign, in POST and PUT alike.
private enum CampaignInput {
    static let schema: [Schema.Field] = [
        .maybe("description", .text(atMost: 4000, example: "Calls of the second quarter").orNull),
        .maybe("start_time", Schema.timestamp.orNull.described("When calls may begin; null: at the launch.")),
        .maybe("end_time", Schema.timestamp.orNull.described("When no more calls are made; null: never.")),
        .maybe("max_concurrent_calls", .integer(from: 1, through: 10_000, example: 50).orNull),
        .maybe(
            "retry_config",
            Schema.object([
                .maybe("max_retries", .integer(from: 0, through: 20, example: 2).orNull),
                .maybe(
                    "retry_delay",
                    Schema.integer(from: 0, through: 2_592_000, example: 300).orNull.described("In seconds.")),
            ]).orNull),
        .maybe("caller_id", .text(atMost: 64, example: "+15550100").orNull),
    ]

    static let numbers = Schema.array(of: .text(example: "+1234567890")).described("At most 100 000.")

    static func fields(_ json: JSONFields) throws -> CampaignFields {
        var fields = CampaignFields()
        fields.name = try json.text("name", atMost: 200)
        fields.agentID = try json.id("agent_id", orElse: .agentNotFound)
        fields.description = try json.text("description", atMost: 4000)
        fields.startTime = try json.moment("start_time")
        fields.endTime = try json.moment("end_time")
        fields.clearsStartTime = json.isNull("start_time")
        fields.clearsEndTime = json.isNull("end_time")
        fields.maxConcurrentCalls = try json.integer("max_concurrent_calls", in: 1...10_000)
        if let retries = try json.nested("retry_config") {
            fields.maxRetries = try retries.integer("max_retries", in: 0...20)
            fields.retryDelaySeconds = try retries.integer("retry_delay", in: 0...2_592_000)
        }
        fields.callerID = try json.text("caller_id", atMost: 64)
        return fields
    }

    static func phoneNumbers(_ json: JSONFields) throws -> [String]? {
        try json.texts("phone_numbers", atMost: 100_000)?.map { String($0.prefix(200)) }
    }
}

struct NewCampaignBody: JSONRead {
    static let schema = Schema.object(
        [
            .always("name", .text(atMost: 200, atLeast: 1, example: "Q2 Marketing Campaign")),
            .always("agent_id", .uuid), .maybe("phone_numbers", CampaignInput.numbers.orNull),
        ] + CampaignInput.schema)

    let fields: CampaignFields
    let phoneNumbers: [String]

    init(_ json: JSONFields) throws {
        fields = try CampaignInput.fields(json)
        guard fields.name != nil else { throw Fault.invalid("name", "is required") }
        guard fields.agentID != nil else { throw Fault.invalid("agent_id", "is required") }
        phoneNumbers = try CampaignInput.phoneNumbers(json) ?? []
    }
}

struct ChangedCampaignBody: JSONRead {
    static let schema = Schema.object(
        [
            .maybe("name", .text(atMost: 200, atLeast: 1, example: "Updated Name").orNull),
            .maybe("agent_id", Schema.uuid.orNull),
            .maybe(
                "phone_numbers",
                CampaignInput.numbers.orNull.described("In the place of all others, while it is a draft.")),
        ] + CampaignInput.schema,
        summary: "Fields that are absent stay; null clears start_time and end_time and leaves others.")

    let fields: CampaignFields
    let phoneNumbers: [String]?

    init(_ json: JSONFields) throws {
        fields = try CampaignInput.fields(json)
        phoneNumbers = try CampaignInput.phoneNumbers(json)
    }
}

struct CampaignBody: JSONShown {
    static let schema = Schema.named(
        "Campaign",
        .object([
            .always("id", .uuid), .always("user_id", Schema.uuid.orNull.described("Who made it.")),
            .always("agent_id", .uuid), .always("name", .text(example: "Q1 Sales Campaign")),
            .always("description", .text()),
            .always("status", .text(among: CampaignStatus.allCases.map(\.rawValue))),
            .always(
                "phone_numbers", Schema.array(of: .text(example: "+1234567890")).described("The first 100 of them.")),
            .always("total_numbers", .integer(from: 0)), .always("pending", .integer(from: 0)),
            .always("in_progress", .integer(from: 0)), .always("completed", .integer(from: 0)),
            .always("failed", .integer(from: 0)), .always("retries", .integer(from: 0)),
            .always("start_time", Schema.timestamp.orNull), .always("end_time", Schema.timestamp.orNull),
            .always("max_concurrent_calls", .integer(from: 1, through: 10_000)),
            .always(
                "retry_config",
                .object([.always("max_retries", .integer(from: 0)), .always("retry_delay", .integer(from: 0))])),
            .always("caller_id", .text()), .always("version", .integer(from: 1)),
            .always("created_at", .timestamp), .always("updated_at", .timestamp),
            .always("launched_at", Schema.timestamp.orNull), .always("paused_at", Schema.timestamp.orNull),
            .always("completed_at", Schema.timestamp.orNull),
        ]))

    let view: CampaignView

    init(_ view: CampaignView) {
        self.view = view
    }

    func write(to json: inout JSONWriter) {
        let campaign = view.campaign
        json.field("id", campaign.id)
        json.field("user_id", campaign.createdBy)
        json.field("agent_id", campaign.agentID)
        json.field("name", campaign.name)
        json.field("description", campaign.description)
        json.field("status", campaign.status.rawValue)
        json.name("phone_numbers")
        json.array(view.firstNumbers) { $0.text($1) }
        json.field("total_numbers", campaign.counts.total)
        json.field("pending", campaign.counts.pending)
        json.field("in_progress", campaign.counts.inProgress)
        json.field("completed", campaign.counts.completed)
        json.field("failed", campaign.counts.failed)
        json.field("retries", campaign.counts.retries)
        json.field("start_time", campaign.plan.startTime)
        json.field("end_time", campaign.plan.endTime)
        json.field("max_concurrent_calls", campaign.plan.maxConcurrentCalls)
        json.field(
            "retry_config",
            object: { json in
                json.field("max_retries", campaign.plan.maxRetries)
                json.field("retry_delay", campaign.plan.retryDelaySeconds)
            })
        json.field("caller_id", campaign.plan.callerID)
        json.field("version", campaign.version)
        json.field("created_at", campaign.createdAt)
        json.field("updated_at", campaign.updatedAt)
        json.field("launched_at", campaign.launchedAt)
        json.field("paused_at", campaign.pausedAt)
        json.field("completed_at", campaign.completedAt)
    }
}

struct CampaignsBody: JSONShown {
    static let schema = Schema.object([
        .always("total", .integer(from: 0, example: 5)), .always("skip", .integer(from: 0)),
        .always("limit", .integer(from: 1, through: 100)), .always("items", .array(of: CampaignBody.schema)),
        .always("next_cursor", .text().orNull),
    ])
    static let query =
        [
            QueryParameter("agent_id", .uuid, "Only campaigns of this agent."),
            QueryParameter(
                "status", .text(among: CampaignStatus.allCases.map(\.rawValue)), "Only campaigns in this state."),
        ] + ListBounds.query(default: 20, through: 100)

    let page: CampaignPage
    let bounds: ListBounds

    static func page(_ input: RouteInput) async throws -> CampaignsBody {
        let bounds = try ListBounds(input.query, default: 20, through: 100)
        let page = try await input.ask(
            ListCampaigns(
                agentID: try input.query.id("agent_id", orElse: .agentNotFound),
                status: try input.query.choice("status", CampaignStatus.self), limit: bounds.limit,
                offset: bounds.skip, after: bounds.cursor))
        return CampaignsBody(page: page, bounds: bounds)
    }

    func write(to json: inout JSONWriter) {
        json.field("total", page.total)
        json.field("skip", bounds.skip)
        json.field("limit", bounds.limit)
        json.field("items", shown: page.campaigns.map(CampaignBody.init))
        json.field("next_cursor", page.next?.text)
    }
}
