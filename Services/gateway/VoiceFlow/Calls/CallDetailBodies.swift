import Bus
import Contracts
import GatewayHTTP

/// A turn of a call, with the side that said it.
struct SpokenTurn {
    let isAgent: Bool
    let text: String
    let at: Timestamp

    /// Whose name begins with agent, assistant, bot or AI, or is the agent's, is the agent; anybody else is the other
    /// party. A turn that does not say when it was said was said with the one before it.
    static func of(_ call: CallRecord) -> [SpokenTurn] {
        var offset = 0
        return TranscriptTurns.of(call.transcript).map { turn in
            offset = turn.offsetSeconds ?? offset
            let name = (turn.speaker ?? "").lowercased()
            let first = String(name.prefix(while: \.isLetter))
            return SpokenTurn(
                isAgent: ["agent", "assistant", "bot", "ai"].contains(first)
                    || !name.isEmpty && name == call.agentName?.lowercased(),
                text: turn.text, at: call.facts.createdAt.adding(seconds: offset))
        }
    }

    /// Word for word where turns were kept, else out of the transcript.
    static func of(_ conversation: Conversation) -> [SpokenTurn] {
        guard !conversation.turns.isEmpty else { return of(conversation.call) }
        return conversation.turns.map { SpokenTurn(isAgent: $0.speaker == .agent, text: $0.text, at: $0.at) }
    }

    static let schema = Schema.array(
        of: .object([
            .always("speaker", .text(among: ["agent", "customer"])), .always("message", .text()),
            .always("timestamp", .timestamp),
        ]))

    static func write(_ turns: [SpokenTurn], to json: inout JSONWriter) {
        json.array(turns) { json, turn in
            json.object {
                $0.field("speaker", turn.isAgent ? "agent" : "customer")
                $0.field("message", turn.text)
                $0.field("timestamp", turn.at)
            }
        }
    }
}

struct CallDetailsBody: JSONShown {
    static let schema = Schema.named(
        "CallLogDetails",
        .object(
            CallLogBody.fields + [
                .always("transcript", SpokenTurn.schema),
                .always(
                    "analysis",
                    .object([
                        .always("key_topics", .array(of: .text(example: "billing"))),
                        .always("customer_intent", Schema.text().described("Empty where it is not known.")),
                        .always(
                            "resolution_quality",
                            Schema.number(from: 0, through: 1).described(
                                "How well it was settled; 1 for a success and 0 otherwise where only that is known.")),
                    ])),
            ]))

    let call: CallRecord

    func write(to json: inout JSONWriter) {
        CallLogBody(call: call).write(to: &json)
        json.name("transcript")
        SpokenTurn.write(SpokenTurn.of(call), to: &json)
        json.field(
            "analysis",
            object: { json in
                let analysis = call.details.analysis
                json.name("key_topics")
                json.array(analysis?.topics ?? call.details.keyPhrases) { $0.text($1) }
                json.field("customer_intent", analysis?.intent ?? "")
                json.name("resolution_quality")
                let known = call.facts.status.isEnd && call.facts.success ? 1000 : 0
                json.decimal(analysis?.qualityPermille ?? known, places: 3)
            })
    }
}

struct TranscriptBody: JSONShown {
    static let schema = Schema.object([.always("conversationId", .uuid), .always("messages", SpokenTurn.schema)])

    let conversation: Conversation

    func write(to json: inout JSONWriter) {
        json.field("conversationId", conversation.call.id)
        json.name("messages")
        SpokenTurn.write(SpokenTurn.of(conversation), to: &json)
    }
}

struct ConversationBody: JSONShown {
    static let schema = Schema.named(
        "Conversation",
        .object([
            .always("id", .uuid), .always("type", .text(among: CallChannel.allCases.map(\.rawValue))),
            .always("customer_info", .text(example: "John Smith")), .always("duration", .text(example: "3m 24s")),
            .always("status", .text(among: ShownCallStatus.allCases.map(\.rawValue))),
            .always("timestamp", .timestamp), .always("summary", .text()),
        ]))

    let call: CallRecord

    static func ofAgent(_ input: RouteInput) async throws -> (shown: [ConversationBody], next: PageCursor?) {
        let agent = try await input.ask(GetAgent(id: try input.id(orElse: .agentNotFound)))
        let limit = try input.query.clamped("limit", default: 10, from: 1, through: 100)
        let (pages, next) = try await input.walk(
            limit: limit, step: 50, from: try input.query.cursor()
        ) { limit, cursor in
            let page = try await input.ask(
                ListCalls(limit: limit, after: cursor, texts: .all, wantsTotal: false, agentID: agent.id))
            return (page.calls, page.calls.count, page.next)
        }
        return (pages.flatMap(\.self).map { ConversationBody(call: $0) }, next)
    }

    func write(to json: inout JSONWriter) {
        json.field("id", call.id)
        json.field("type", call.facts.channel.rawValue)
        json.field("customer_info", call.customerInfo)
        json.field("duration", Wording.duration(ofMS: call.facts.durationMS))
        json.field("status", ShownCallStatus(call).rawValue)
        json.field("timestamp", call.facts.createdAt)
        json.field("summary", call.details.summary)
    }
}

/// A call or chat that is going on, in the spelling of the product's live page.
struct LiveConversationBody: JSONShown {
    static let schema = Schema.named(
        "LiveConversation",
        .object([
            .always("id", .uuid), .always("type", .text(among: CallChannel.allCases.map(\.rawValue))),
            .always("agentName", .text(example: "Ada")), .always("customerInfo", .text(example: "John Smith")),
            .always("duration", .text(example: "3:45")),
            .always("status", .text(among: ["active", "on_hold", "transferring"])),
            .always("lastMessage", .text()), .always("sentiment", .text(among: Sentiment.allCases.map(\.rawValue))),
        ]))

    let call: CallRecord
    let now: Timestamp

    /// Of the last two days, a hundred at a time; what began before and never ended does not go on.
    static func all(_ input: RouteInput) async throws -> (shown: [LiveConversationBody], next: PageCursor?) {
        let now = Timestamp.now()
        let (pages, next) = try await input.walk(
            limit: 100, step: 50, from: try input.query.cursor()
        ) { limit, cursor in
            let page = try await input.ask(
                ListCalls(
                    from: now.day.adding(days: -1), limit: limit, after: cursor, texts: .all, wantsTotal: false,
                    statuses: ShownCallStatus.inProgress.statuses))
            return (page.calls, page.calls.count, page.next)
        }
        return (pages.flatMap(\.self).map { LiveConversationBody(call: $0, now: now) }, next)
    }

    func write(to json: inout JSONWriter) {
        let seconds = max(0, Int((now.microseconds - call.facts.createdAt.microseconds) / 1_000_000))
        json.field("id", call.id)
        json.field("type", call.facts.channel.rawValue)
        json.field("agentName", call.agentName ?? "")
        json.field("customerInfo", call.customerInfo)
        json.field("duration", Wording.clock(ofSeconds: seconds))
        json.field("status", call.isEscalated ? "transferring" : "active")
        json.field("lastMessage", SpokenTurn.of(call).last?.text ?? "")
        json.field("sentiment", call.facts.sentiment.rawValue)
    }
}
