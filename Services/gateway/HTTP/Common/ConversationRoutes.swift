import Bus
import Contracts

/// `conversations/{id}/end` and `/rating`: alike under every prefix.
package enum ConversationRoutes {
    package static let routes: [Route] = [
        .post("conversations/{id}/end", needs: .writeCalls, "End a conversation") {
            EndConversation(conversation: $0.segments[0])
        } show: {
            EndedConversationBody(call: $0)
        },
        .post("conversations/{id}/rating", needs: .writeCalls, "Say how good a conversation or call was") {
            (body: RatingBody, input) in
            RateConversation(conversation: input.segments[0], rating: body.rating)
        } show: {
            RatedConversationBody(call: $0)
        },
    ]
}

struct RatingBody: JSONRead {
    static let schema = Schema.object([
        .always("rating", Schema.integer(from: 1, through: 5).described("5 is the best."))
    ])

    let rating: Int

    init(_ json: JSONFields) throws {
        guard let rating = try json.integer("rating", in: 1...5) else { throw Fault.invalid("rating", "is required") }
        self.rating = rating
    }
}

struct EndedConversationBody: JSONShown {
    static let schema = Schema.object([
        .always("success", .boolean), .always("conversation_id", .uuid),
        .always("ended_at", Schema.timestamp.orNull), .always("escalated", .boolean),
    ])

    let call: CallRecord

    func write(to json: inout JSONWriter) {
        json.field("success", true)
        json.field("conversation_id", call.id)
        json.field("ended_at", call.endedAt)
        json.field("escalated", call.isEscalated)
    }
}

struct RatedConversationBody: JSONShown {
    static let schema = Schema.object([
        .always("success", .boolean), .always("conversation_id", .uuid),
        .always("rating", .integer(from: 1, through: 5)),
    ])

    let call: CallRecord

    func write(to json: inout JSONWriter) {
        json.field("success", true)
        json.field("conversation_id", call.id)
        json.field("rating", call.facts.rating ?? 0)
    }
}
