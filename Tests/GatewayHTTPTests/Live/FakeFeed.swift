import Bus
import Contracts
import Foundation
import GatewayHTTP
import NIOConcurrencyHelpers

/// Feeds on dictionaries, and auth's memory of used tickets.
final class FakeFeed: Sendable {
    private struct State {
        var feeds: [WorkspaceID: [FeedEntry]] = [:]
        var trimmed: [WorkspaceID: Int] = [:]
        var spent: Set<UUID> = []
        var reads = 0
        var isAway = false
    }

    private let box = NIOLockedValueBox(State())
    private let bus: InMemoryBus

    init(on bus: InMemoryBus) {
        self.bus = bus
        bus.serve(ReadFeed.self) { request, caller in
            let workspaceID = try caller.requireWorkspace()
            return try self.box.withLockedValue { state in
                guard !state.isAway else { throw Fault(.unavailable) }
                state.reads += 1
                let feed = state.feeds[workspaceID] ?? []
                let kept = feed.filter { $0.number > state.trimmed[workspaceID] ?? 0 }
                return FeedPage(
                    entries: Array(kept.filter { $0.number > request.after }.prefix(request.limit)),
                    head: feed.count, oldest: kept.first?.number ?? feed.count + 1)
            }
        }
        bus.serve(ListFeedHeads.self) { request, _ in
            self.box.withLockedValue { state in
                FeedHeads(
                    heads: request.workspaceIDs.compactMap { id in
                        state.feeds[id].map { FeedHeads.Head(workspaceID: id, number: $0.count) }
                    })
            }
        }
        bus.serve(SpendTicket.self) { request, _ in
            guard self.box.withLockedValue({ $0.spent.insert(request.id).inserted }) else { throw Fault(.tokenInvalid) }
            return Done()
        }
    }

    var reads: Int { box.withLockedValue { $0.reads } }

    func setAway(_ isAway: Bool) { box.withLockedValue { $0.isAway = isAway } }

    func trim(_ workspaceID: WorkspaceID, through number: Int) {
        box.withLockedValue { $0.trimmed[workspaceID] = number }
    }

    /// Adds entries, each about a call of its own.
    /// - Parameter isQuiet: nobody hears of them.
    func add(_ count: Int, in workspaceID: WorkspaceID, isQuiet: Bool = false) {
        let head = box.withLockedValue { state in
            let start = state.feeds[workspaceID]?.count ?? 0
            state.feeds[workspaceID, default: []] += (1...count).map {
                FeedEntry(number: start + $0, at: .now(), fact: .callLogged(CallID(UUID())))
            }
            return start + count
        }
        guard !isQuiet else { return }
        bus.publish(FeedsGrown(heads: [FeedHeads.Head(workspaceID: workspaceID, number: head)]))
    }
}

/// Shows entries as nothing but themselves.
final class FakeSurface: LiveSurface {
    private struct State {
        var shown = 0
        var active = 0
        var padding = 0
        var deleted: Set<Int> = []
        var looks = 0
    }

    private let box = NIOLockedValueBox(State())

    /// How many entries were shown, and how often the figures were worked out.
    var shown: Int { box.withLockedValue { $0.shown } }
    var looks: Int { box.withLockedValue { $0.looks } }

    func setActive(_ count: Int) { box.withLockedValue { $0.active = count } }
    func setPadding(_ count: Int) { box.withLockedValue { $0.padding = count } }
    func delete(_ number: Int) { _ = box.withLockedValue { $0.deleted.insert(number) } }

    func frames(of page: FeedPage, in workspaceID: WorkspaceID, asking asker: LiveAsker) async throws -> [LiveFrame?] {
        let (padding, deleted) = box.withLockedValue { state in
            state.shown += page.entries.count
            return (String(repeating: "x", count: state.padding), state.deleted)
        }
        return page.entries.map { entry in
            guard !deleted.contains(entry.number) else { return nil }
            return LiveFrame("thing", at: entry.at) { json in
                json.field("number", entry.number)
                json.field("padding", padding)
            }
        }
    }

    func metrics(asking asker: LiveAsker) async throws -> LiveFrame {
        let active = box.withLockedValue { state in
            state.looks += 1
            return state.active
        }
        return LiveFrame("metrics", at: .now()) { $0.field("active", active) }
    }

    func receive(_ type: String, _ fields: JSONFields, in dialogue: LiveDialogue) async throws -> Bool {
        switch type {
        case "echo":
            let text = try fields.required("text", atMost: 100)
            await dialogue.send(LiveFrame("echo", at: .now()) { $0.field("text", text) })
        case "write": try dialogue.require(.writeCalls)
        case "break": throw MalformedMessage("broken")
        default: return false
        }
        return true
    }
}
