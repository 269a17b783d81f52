import Bus
import Contracts
import GatewayHTTP

/// `conversations/{session_id}/message`: what somebody says to an agent, and what it answers.
enum MessageRoute {
    /// How long an answer may take; language models take their time.
    static let answerMS = 60_000

    static let route: Route = {
        var route = Route(
            .post, "conversations/{id}/message", needs: .writeCalls, status: .ok,
            summary: "Say something to an agent; an unknown session id starts a conversation",
            answer: .json(AnsweredMessageBody.schema)
        ) { input in
            let body = try input.json(MessageBody.self)
            let request = SendMessage(
                conversation: input.segments[0], text: body.message, agentID: body.agentID,
                messageID: input.callKeyID()?.uuid ?? input.makeID())
            let answered = try await input.ask(request, within: answerMS)
            var answer = Answer(.ok, AnsweredMessageBody(answered: answered))
            answer.isReplayed = answered.isReplayed
            return answer
        }
        route.body = .json(MessageBody.schema)
        route.priority = .ingest
        return route
    }()

    /// The same in spoken words.
    static let spoken: Route = {
        var route = Route(
            .post, "conversations/{id}/audio", needs: .writeCalls, status: .ok,
            summary: "Say something to an agent aloud", answer: .json(AnsweredAudioBody.schema)
        ) { input in
            let heard = try await HeardAudio.words(in: input)
            let request = SendMessage(
                conversation: input.segments[0], text: heard.text, agentID: nil,
                messageID: input.callKeyID()?.uuid ?? input.makeID())
            let answered = try await input.ask(request, within: answerMS)
            var answer = Answer(.ok, AnsweredAudioBody(answered: answered, transcript: heard.text))
            answer.isReplayed = answered.isReplayed
            return answer
        }
        route.body = .multipart(HeardAudio.schema)
        route.rate = .uploads
        route.priority = .ingest
        return route
    }()
}

struct AnsweredAudioBody: JSONShown {
    static let schema = Schema.object([
        .always("response", .text(example: "We are open from 9 to 5.")),
        .always("transcript", Schema.text(example: "when are you open").described("What was heard.")),
    ])

    let answered: AnsweredMessage
    let transcript: String

    func write(to json: inout JSONWriter) {
        json.field("response", answered.answer.text)
        json.field("transcript", transcript)
    }
}

struct MessageBody: JSONRead {
    static let schema = Schema.object([
        .always("message", .text(atMost: 8000, example: "When are you open?")),
        .maybe("agent_id", Schema.uuid.orNull.described("Of one that begins; else the newest active agent.")),
    ])

    let message: String
    let agentID: AgentID?

    init(_ json: JSONFields) throws {
        guard let message = try json.text("message", atMost: 8000) else {
            throw Fault.invalid("message", "is required")
        }
        self.message = message
        agentID = try json.id("agent_id", orElse: .agentNotFound)
    }
}

struct AnsweredMessageBody: JSONShown {
    static let schema = Schema.object([
        .always("response", .text(example: "We are open from 9 to 5.")),
        .always("chunks_used", Schema.integer(from: 0).described("Passages of knowledge that it was answered with.")),
        .always("conversation_id", .uuid),
    ])

    let answered: AnsweredMessage

    func write(to json: inout JSONWriter) {
        json.field("response", answered.answer.text)
        json.field("chunks_used", answered.answer.passagesUsed)
        json.field("conversation_id", answered.callID)
    }
}
