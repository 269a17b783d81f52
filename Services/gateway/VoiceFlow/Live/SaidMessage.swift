import Bus
import Contracts
import Foundation
import GatewayHTTP

/// What somebody says to an agent over a live connection; the answer comes in pieces.
struct SaidMessage: Sendable {
    let session: String
    let text: String
    let agentID: AgentID?

    /// - Throws: a `Fault` that names the field and what is wrong with it.
    init(_ data: JSONFields) throws {
        session = try data.required("session_id", atMost: 128)
        text = try data.required("message", atMost: 8000)
        agentID = try data.id("agent_id", orElse: .agentNotFound)
    }

    func answer(in dialogue: LiveDialogue) async throws {
        try dialogue.require(.writeCalls)
        let messageID = dialogue.makeID()
        let request = SendMessage(conversation: session, text: text, agentID: agentID, messageID: messageID)
        let (reply, shown) = try await dialogue.ask(request, messageID: messageID) { piece in
            await dialogue.send(frame { $0.field("delta", piece) })
        }
        let whole = reply.answer.text
        // By bytes: a piece may end within what counts as one character.
        if whole.utf8.starts(with: shown.utf8) {
            let rest = String(decoding: whole.utf8.dropFirst(shown.utf8.count), as: UTF8.self)
            if !rest.isEmpty { await dialogue.send(frame { $0.field("delta", rest) }) }
        } else if !shown.utf8.starts(with: whole.utf8) {
            // What was shown is not what was said in the end: it begins anew.
            await dialogue.send(
                frame { json in
                    json.field("delta", whole)
                    json.field("restart", true)
                })
        }
        await dialogue.send(frame(isDone: true) { $0.field("chunks_used", reply.answer.passagesUsed) })
    }

    /// The conversation is called as the client called it, in all frames of an answer alike.
    private func frame(isDone: Bool = false, _ more: (inout JSONWriter) -> Void) -> LiveFrame {
        LiveFrame("answer", at: .now()) { json in
            json.field("conversation_id", session)
            if isDone { json.field("delta", "") }
            more(&json)
            json.field("done", isDone)
        }
    }
}
