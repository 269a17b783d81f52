import Bus
import Contracts
import GatewayHTTP

/// How the product calls where a call stands.
enum ShownCallStatus: String, CaseIterable {
    case completed
    /// It ended after a human was asked for.
    case escalated
    case failed
    case inProgress = "in_progress"

    init(_ call: CallRecord) {
        switch call.facts.status {
        case .completed: self = call.isEscalated ? .escalated : .completed
        case .failed: self = .failed
        case .initiated, .ringing, .connected: self = .inProgress
        }
    }

    var statuses: [CallStatus] {
        switch self {
        case .completed, .escalated: [.completed]
        case .failed: [.failed]
        case .inProgress: [.initiated, .ringing, .connected]
        }
    }

    /// Nil: either.
    var isEscalated: Bool? {
        switch self {
        case .completed: false
        case .escalated: true
        case .failed, .inProgress: nil
        }
    }
}

extension CallRecord {
    /// The other party's name, else their number.
    var customerInfo: String {
        [otherPartyName, otherPartyPhone].first { !$0.isEmpty } ?? "Visitor"
    }

    /// In a few words how it came out.
    var resolution: String {
        guard facts.status.isEnd else { return "" }
        if isEscalated { return "escalated" }
        return facts.success ? "resolved" : facts.endCategory?.rawValue ?? "unresolved"
    }
}

struct CallLogBody: JSONShown {
    static let fields: [Schema.Field] = [
        .always("id", .uuid), .always("type", .text(among: CallChannel.allCases.map(\.rawValue))),
        .always("customer_info", .text(example: "John Smith")), .always("agent_name", .text(example: "Ada")),
        .always("start_time", .timestamp), .always("duration", .text(example: "3m 24s")),
        .always("status", .text(among: ShownCallStatus.allCases.map(\.rawValue))),
        .always("resolution", .text(example: "resolved")), .always("summary", .text()),
        .always("sentiment", .text(among: Sentiment.allCases.map(\.rawValue))),
        .always("tags", .array(of: .text(example: "billing"))),
    ]
    static let schema = Schema.named("CallLogEntry", .object(fields))

    let call: CallRecord

    func write(to json: inout JSONWriter) {
        json.field("id", call.id)
        json.field("type", call.facts.channel.rawValue)
        json.field("customer_info", call.customerInfo)
        json.field("agent_name", call.agentName ?? "")
        json.field("start_time", call.facts.createdAt)
        json.field("duration", Wording.duration(ofMS: call.facts.durationMS))
        json.field("status", ShownCallStatus(call).rawValue)
        json.field("resolution", call.resolution)
        json.field("summary", call.details.summary)
        json.field("sentiment", call.facts.sentiment.rawValue)
        json.name("tags")
        json.array(call.details.keyPhrases) { $0.text($1) }
    }
}

struct CallLogsBody: JSONShown {
    static let schema = Schema.object([
        .always("logs", .array(of: CallLogBody.schema)), .always("total", .integer(from: 0)),
        .always("page", .integer(from: 1)), .always("limit", .integer(from: 1, through: 100)),
        .always("total_pages", .integer(from: 0)), .always("next_cursor", .text().orNull),
    ])
    static let query = [
        QueryParameter("page", .integer(from: 1), "1 when absent."),
        QueryParameter("limit", .integer(from: 1, through: 100), "How many at most; 20 when absent."),
        QueryParameter("cursor", .text(), "`next_cursor` of the page before; costs the same at any depth."),
        QueryParameter("search", .text(), "Words in transcript, summary, phrases, name or number; the best first."),
        QueryParameter(
            "status", .text(among: ShownCallStatus.allCases.map(\.rawValue) + ["all"]), "Only calls in this state."),
        QueryParameter("type", .text(among: CallChannel.allCases.map(\.rawValue) + ["all"]), "Only these."),
        QueryParameter("agent_id", .text(), "Only calls of this agent; `all`: of any."),
    ]

    /// Calls of one question; the texts of more seldom fit a message.
    private static let step = 50

    let calls: [CallRecord]
    let total: Int
    let page: Int
    let limit: Int
    let next: PageCursor?

    static func page(_ input: RouteInput) async throws -> CallLogsBody {
        let query = input.query
        let limit = try query.clamped("limit", default: 20, from: 1, through: 100)
        let page = try query.integer("page", default: 1, in: 1...10_000_000)
        let status = try query.unlessAll("status", ShownCallStatus.self)
        var request = ListCalls(
            limit: limit, offset: (page - 1) * limit, texts: .all, agentID: try query.agentUnlessAll(),
            statuses: status?.statuses ?? [], channel: try query.unlessAll("type", CallChannel.self),
            isEscalated: status?.isEscalated,
            search: query["search"])
        let (offset, start) = (request.offset, try query.cursor())
        let (pages, next) = try await input.walk(limit: limit, step: step, from: start) { limit, cursor in
            let isFirst = cursor == start
            (request.limit, request.after) = (limit, cursor)
            (request.offset, request.wantsTotal) = (isFirst ? offset : 0, isFirst)
            let found = try await input.ask(request)
            return (found, found.calls.count, found.next)
        }
        return CallLogsBody(
            calls: pages.flatMap(\.calls), total: pages.first?.total ?? 0, page: page, limit: limit, next: next)
    }

    func write(to json: inout JSONWriter) {
        json.field("logs", shown: calls.map { CallLogBody(call: $0) })
        json.field("total", total)
        json.field("page", page)
        json.field("limit", limit)
        json.field("total_pages", (total + limit - 1) / limit)
        json.field("next_cursor", next?.text)
    }
}

extension Query {
    /// One of the texts that the type has cases for; nil when it is absent or `all`.
    fileprivate func unlessAll<Choice: RawRepresentable<String> & CaseIterable>(
        _ name: String, _ type: Choice.Type
    ) throws -> Choice? {
        self[name]?.lowercased() == "all" ? nil : try choice(name, type)
    }
}
