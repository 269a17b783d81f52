import Bus
import Contracts
import Foundation
import GatewayHTTP

/// The product's live feed: `/ws`.
package struct VoiceFlowLive: LiveSurface {
    package init() {}

    package func frames(
        of page: FeedPage, in workspaceID: WorkspaceID, asking asker: LiveAsker
    ) async throws -> [LiveFrame?] {
        let things = try await FeedThings.asked(for: page, asker)
        let now = Timestamp.now()
        return page.entries.map { entry in
            FeedFrame(entry: entry, id: entry.identity(in: workspaceID), things: things, now: now).frame
        }
    }

    /// Active calls are those of the last two days, rates those of the last seven.
    package func metrics(asking asker: LiveAsker) async throws -> LiveFrame {
        async let totals = asker.ask(GetTotals(about: .workspace, days: .last(2)))
        async let week = asker.ask(GetTotals(about: .workspace, days: .last(7)))
        async let queue = asker.ask(GetDialingQueue())
        async let agents = asker.ask(ListAgents(statuses: [.active], limit: 1))
        let (now, lately) = (try await totals.measures, try await week.measures)
        let (due, online) = (try await queue.due, try await agents.total)
        let chats = now[.chats] - now[.endedChats]
        return LiveFrame("metrics", at: .now()) { json in
            json.field("activeCalls", now[.calls] - now[.ended] - chats)
            json.field("activeChats", chats)
            json.field("queuedInteractions", due)
            json.field("onlineAgents", online)
            json.field("avgResponseTime", Wording.seconds(ofMicros: lately.averageResponseMicros))
            json.field("successRate", tenths: lately.successTenths)
        }
    }

    package func receive(_ type: String, _ fields: JSONFields, in dialogue: LiveDialogue) async throws -> Bool {
        guard type == "message" else { return false }
        guard let data = try fields.nested("data") else { throw Fault.invalid("data", "is required") }
        try await SaidMessage(data).answer(in: dialogue)
        return true
    }
}
