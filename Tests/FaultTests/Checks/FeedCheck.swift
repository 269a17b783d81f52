import Contracts
import TestSupport

/// The live feed tells of everything that happened exactly once, numbered without a gap, and who watched it has seen that and
/// nothing else, over all connections that broke: nothing missed, nothing twice, nothing of another workspace.
struct FeedCheck {
    let watchers: [FeedWatcher]
    let stack: Stack
    let patience: Duration

    /// - Returns: how many entries were shown.
    func run(_ findings: inout Findings) async throws -> Int {
        let deadline = ContinuousClock.now + patience
        var count = 0
        for watcher in watchers {
            let feed = try await StoredFeed(of: watcher.tenant, on: stack)
            let missing = try await missing(feed, watcher, until: deadline)
            let name = "workspace \(watcher.tenant.number)"
            findings.require(feed.breaks.isEmpty, .feedBroken, "\(name): \(feed.breaks.prefix(3))")
            FactCheck(feed: feed, name: name).run(&findings)
            findings.require(
                missing.isEmpty, .feedBroken,
                "\(name) of \(feed.head) was not shown \(missing.count): \(missing.sorted().prefix(5))")
            checkFrames(watcher, feed, name, &findings)
            checkForeign(watcher, &findings)
            count += watcher.frames.count(where: \.isNumbered)
        }
        return count
    }

    /// The numbers that were not shown in time.
    private func missing(
        _ feed: StoredFeed, _ watcher: FeedWatcher, until deadline: ContinuousClock.Instant
    ) async throws -> Set<Int> {
        let wanted = Set(feed.facts.filter { feed.mustShow($0.value) }.keys)
        while true {
            let missing = wanted.subtracting(watcher.frames.lazy.filter(\.isNumbered).map(\.number))
            if missing.isEmpty || ContinuousClock.now > deadline { return missing }
            try await Task.sleep(for: .milliseconds(50))
        }
    }

    private func checkFrames(
        _ watcher: FeedWatcher, _ feed: StoredFeed, _ name: String, _ findings: inout Findings
    ) {
        var last = 0
        for frame in watcher.frames {
            guard frame.isNumbered else {
                findings.require(
                    frame.type != "resync", .feedBroken, "\(name) was told to read everything anew: \(frame.text)")
                continue
            }
            findings.require(
                frame.number > last, .feedBroken,
                "\(name) was shown \(frame.number) after \(last) on connection \(frame.connection)")
            last = max(last, frame.number)
            let isTold = feed.facts[frame.number].map { frame.tells($0, feed) } ?? false
            findings.require(
                isTold, .feedBroken,
                "\(name) was shown \(frame.text) where \(feed.facts[frame.number].map { "\($0)" } ?? "nothing") is")
        }
        let odd = watcher.closeCodes.filter { ![1001, 1006, 1013].contains($0) }
        findings.require(odd.isEmpty, .wrongAnswer, "\(name): connections were closed with \(odd)")
    }

    private func checkForeign(_ watcher: FeedWatcher, _ findings: inout Findings) {
        let canaries = watchers.map(\.tenant.canary).filter { $0 != watcher.tenant.canary }
        let isTalking = !watcher.tenant.agentID.isEmpty
        var seesOwn = false
        for frame in watcher.frames where frame.text.contains("canary") {
            seesOwn = seesOwn || frame.text.contains(watcher.tenant.canary)
            findings.require(
                !canaries.contains { frame.text.contains($0) }, .foreign,
                "workspace \(watcher.tenant.number) was shown \(frame.text)")
        }
        findings.require(
            seesOwn || !isTalking, .provesNothing, "workspace \(watcher.tenant.number) never saw its own canary")
    }
}

/// Each call, turn and agent is told of exactly as often as it should be.
private struct FactCheck {
    let feed: StoredFeed
    let name: String

    private enum Kind: Hashable {
        case started, ended, logged, draft, active
    }

    private struct Key: Hashable {
        let kind: Kind
        let id: String
    }

    func run(_ findings: inout Findings) {
        var counts: [Key: Int] = [:]
        var turns: [StoredFeed.TurnPlace: Int] = [:]
        for fact in feed.facts.values {
            switch fact {
            case .conversationStarted(let id): counts[Key(kind: .started, id: id.description), default: 0] += 1
            case .conversationEnded(let id): counts[Key(kind: .ended, id: id.description), default: 0] += 1
            case .callLogged(let id): counts[Key(kind: .logged, id: id.description), default: 0] += 1
            case .turnAdded(let id, let turn):
                turns[StoredFeed.TurnPlace(callID: id.description, number: turn), default: 0] += 1
            case .agentStatus(let id, let status) where status == .draft || status == .active:
                counts[Key(kind: status == .draft ? .draft : .active, id: id.description), default: 0] += 1
            case .agentStatus, .activity, .document: continue
            }
        }
        for (id, call) in feed.calls { check(id, call, counts, &findings) }
        for (id, isActive) in feed.agents {
            let (draft, active) = (counts[Key(kind: .draft, id: id)] ?? 0, counts[Key(kind: .active, id: id)] ?? 0)
            findings.require(
                draft == 1 && active == (isActive ? 1 : 0), .feedBroken,
                "\(name): agent \(id) was told of \(draft) times as a draft, \(active) times as active")
        }
        let untold = feed.turns.keys.filter { turns[$0] != 1 }
        findings.require(
            untold.isEmpty && turns.count == feed.turns.count, .feedBroken,
            "\(name): \(turns.count) turns are told of, \(feed.turns.count) were said; not once: \(untold.prefix(3))")
    }

    private func check(_ id: String, _ call: StoredFeed.Call, _ counts: [Key: Int], _ findings: inout Findings) {
        let started = counts[Key(kind: .started, id: id)] ?? 0
        let (ended, logged) = (counts[Key(kind: .ended, id: id)] ?? 0, counts[Key(kind: .logged, id: id)] ?? 0)
        let isRight =
            call.isDeleted
            ? max(started, ended, logged) <= 1
            : logged == (call.isEnded ? 1 : 0) && ended == (call.isEnded ? started : 0) && started <= 1
                && (started == 1 || !call.isChat)
        findings.require(
            isRight, .feedBroken,
            "\(name): call \(id) was told of \(started) times as begun, \(ended) as ended, \(logged) as logged")
    }
}

extension FeedWatcher.Frame {
    /// Whether this is what the entry is shown as.
    fileprivate func tells(_ fact: FeedFact, _ feed: StoredFeed) -> Bool {
        let data = json["data"]
        func isConversation(_ id: CallID, _ event: String) -> Bool {
            type == "conversation" && data["event"].string == event && data["id"].string == id.description
        }
        switch fact {
        case .conversationStarted(let id): return isConversation(id, "started")
        case .conversationEnded(let id): return isConversation(id, "ended")
        case .turnAdded(let id, let turn):
            let text = feed.turns[StoredFeed.TurnPlace(callID: id.description, number: turn)]
            return isConversation(id, "message") && text != nil && data["message"]["message"].string == text
        case .callLogged(let id):
            guard type == "call_logged", data["call"]["id"].string == id.description else { return false }
            guard let call = feed.calls[id.description] else { return false }
            return call.isDeleted || call.mark.isEmpty || data["call"]["customer_info"].string == call.mark
        case .activity(let activity): return type == "activity" && data["type"].string == activity.kind.rawValue
        case .agentStatus(let id, _): return type == "agent_status" && data["id"].string == id.description
        case .document(let id, let status, _):
            return type == "knowledge" && data["id"].string == id.description
                && data["status"].string == status.rawValue
        }
    }
}
