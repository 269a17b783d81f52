import Contracts
import Foundation
import GatewayHTTP

/// An entry of the feed in the product's words.
struct FeedFrame {
    let entry: FeedEntry
    let id: UUID
    let things: FeedThings
    let now: Timestamp

    /// Nil when what it tells of was deleted; only that a conversation has ended is told of nevertheless.
    var frame: LiveFrame? {
        switch entry.fact {
        case .conversationStarted(let id): conversation(id, "started")
        case .conversationEnded(let id): conversation(id, "ended")
        case .turnAdded(let id, let number):
            things.turns[id]?.first { $0.number == number }.flatMap { conversation(id, "message", saying: $0) }
        case .callLogged(let id):
            things.calls[id].map { call in
                LiveFrame("call_logged", at: entry.at) { $0.field("call", shown: CallLogBody(call: call)) }
            }
        case .activity(let activity): frame(of: activity)
        case .agentStatus(let id, let status):
            things.agents[id].map { agent in
                LiveFrame("agent_status", at: entry.at) { json in
                    json.field("id", id)
                    json.field("name", agent.name)
                    json.field("status", status.shown)
                }
            }
        case .document(let id, let status, let progress): document(id, status, progress)
        }
    }

    private func conversation(_ id: CallID, _ event: String, saying turn: Turn? = nil) -> LiveFrame? {
        let call = things.calls[id]
        guard call != nil || event == "ended" else { return nil }
        return LiveFrame("conversation", at: entry.at) { json in
            json.field("id", id)
            json.field("event", event)
            if let call {
                json.field("conversation", shown: LiveConversationBody(call: call, now: now))
            } else {
                json.name("conversation")
                json.null()
            }
            guard let turn else { return }
            json.field(
                "message",
                object: { json in
                    json.field("speaker", turn.speaker.rawValue)
                    json.field("message", turn.text)
                    json.field("timestamp", turn.at)
                })
        }
    }

    private func frame(of activity: FeedActivity) -> LiveFrame? {
        let call = activity.callID.flatMap { things.calls[$0] }
        let agent = activity.callID == nil ? activity.agentID.flatMap { things.agents[$0] } : nil
        guard call != nil || agent != nil else { return nil }
        let isEnd = activity.kind == .callEnded || activity.kind == .chatEnded
        return LiveFrame("activity", at: entry.at) { json in
            json.name("id")
            json.uuid(id)
            json.field("type", activity.kind.rawValue)
            json.field("agentName", agent?.name ?? call?.agentName ?? "")
            json.field("customerInfo", call?.customerInfo ?? "")
            json.field("timestamp", entry.at)
            json.field("status", activity.outcome.rawValue)
            if isEnd, let call { json.field("details", Wording.duration(ofMS: call.facts.durationMS)) }
        }
    }

    private func document(_ id: DocumentID, _ status: DocumentStatus, _ progress: Int) -> LiveFrame? {
        things.documents[id].map { document in
            LiveFrame("knowledge", at: entry.at) { json in
                json.field("id", id)
                json.field("name", document.name)
                json.field("status", status.rawValue)
                json.field("progress", progress)
                if let reason = document.reason, status == .failed || status == .pending {
                    json.field("reason", reason)
                }
            }
        }
    }
}
