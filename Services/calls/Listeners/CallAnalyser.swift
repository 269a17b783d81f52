import Bus
import Contracts
import Logging
import ServiceLifecycle
import ServiceRuntime

/// What is made out of calls.
enum AnalysisSettings {
    static let loggedCalls = Setting<Bool>(
        name: "ANALYZE_LOGGED_CALLS", default: true,
        summary: "summarise calls that were logged whole, too; they keep the sentiment they were logged with")

    static let all: [any SettingDeclaration] = [loggedCalls]
}

/// Has agents make out what was said in calls that have ended, and keeps what they found. What somebody said of a call
/// stays; a result that comes late corrects the statistics like any other change.
struct CallAnalyser: Service {
    let queue: AnalysisQueue
    let calls: CallBatches
    let conversations: any ConversationRepository
    let agents: any Asking
    let logger: Logger
    /// Whether many calls come in: those go first.
    let isBusy: @Sendable () -> Bool
    var now: @Sendable () -> Timestamp = { .now() }

    /// After so many tries it is given up.
    static let tries = 8
    private static let restMS = 500
    private static let busyRestMS = 2000
    /// How often what was found is tried to be stored while others change the call.
    private static let attempts = 20
    private static let allTurns = 100_000

    func run() async throws {
        await cancelWhenGracefulShutdown {
            var width = AnalysisWidth()
            var rest = Duration.milliseconds(Self.restMS)
            while (try? await Task.sleep(for: rest)) != nil {
                guard !isBusy() else {
                    rest = .milliseconds(Self.busyRestMS)
                    continue
                }
                do {
                    let begin = ContinuousClock.now
                    let count = try await work(width: width.calls)
                    let elapsed = ContinuousClock.now - begin
                    // Half the time of one of many: others want the machine, too.
                    rest =
                        count == width.calls
                        ? min(elapsed, .milliseconds(Self.busyRestMS)) : .milliseconds(Self.restMS)
                    width.note(count, in: elapsed)
                } catch {
                    logger.warning("calls cannot be analysed", metadata: ["cause": "\(error)"])
                    rest = .milliseconds(Self.busyRestMS)
                }
            }
        }
    }

    /// Works on some that are due, side by side.
    /// - Returns: on how many.
    func work(width: Int = AnalysisWidth.least) async throws -> Int {
        let tasks = try await queue.take(limit: width)
        guard !tasks.isEmpty else { return 0 }
        let known = try await calls.calls(tasks.map(\.key))
        var found: [CallKey: ConversationAnalysis] = [:]
        var (over, failed): ([AnalysisTask], [AnalysisTask]) = ([], [])
        await withTaskGroup(of: (AnalysisTask, Outcome).self) { group in
            for task in tasks { group.addTask { (task, await outcome(of: known[task.key], task)) } }
            for await (task, outcome) in group {
                switch outcome {
                case .found(let analysis): found[task.key] = analysis
                case .over: over.append(task)
                case .failed: failed.append(task)
                }
            }
        }
        try await Failpoint.hit("calls.analysed-unstored")
        var kept: Set<CallKey> = []
        do {
            kept = try await keep(found, known)
        } catch {
            logger.warning("analyses cannot be stored", metadata: ["cause": "\(error)"])
        }
        for task in tasks where found[task.key] != nil {
            if kept.contains(task.key) { over.append(task) } else { failed.append(task) }
        }
        try await queue.finish(over + failed.filter { $0.tries >= Self.tries })
        for task in failed where task.tries < Self.tries {
            try await queue.putBack(task, seconds: min(1 << task.tries, 300))
        }
        return tasks.count
    }

    private enum Outcome {
        case found(ConversationAnalysis)
        /// Deleted or understood meanwhile, or nothing was said.
        case over
        case failed
    }

    private func outcome(of call: StoredCall?, _ task: AnalysisTask) async -> Outcome {
        guard let call, call.state.details.analysis == nil else { return .over }
        let workspaceID = task.key.workspaceID
        do {
            let turns =
                call.state.facts.channel == .chat
                ? try await conversations.turns(of: call.id, in: workspaceID, from: 1, count: Self.allTurns) : []
            return .found(
                try await agents.ask(
                    AnalyzeConversation(
                        turns: turns, transcript: turns.isEmpty ? call.state.transcript : "",
                        isEscalated: call.isEscalated),
                    as: .service(CallsEvents.name, workspaceID: workspaceID.uuid),
                    within: AnalyzeConversation.deadlineMS))
        } catch let fault as Fault where fault.entry == .inputInvalid {
            return .over
        } catch {
            logger.warning("call not analysed", metadata: ["call": "\(call.id)", "cause": "\(error)"])
            return .failed
        }
    }

    /// - Parameter known: the calls as they were; one that others have changed meanwhile is read again.
    /// - Returns: those with which all is done.
    private func keep(
        _ found: [CallKey: ConversationAnalysis], _ known: [CallKey: StoredCall]
    ) async throws -> Set<CallKey> {
        var (known, missing) = (known, Set(found.keys))
        for attempt in 0..<Self.attempts where !missing.isEmpty {
            if attempt > 0 {
                try await Task.sleep(for: .milliseconds(attempt))
                known = try await calls.calls(Array(missing))
            }
            missing = missing.filter { known[$0].map { $0.state.details.analysis == nil } ?? false }
            let replacements = missing.compactMap { key -> CallReplacement? in
                guard let call = known[key], let analysis = found[key] else { return nil }
                return CallReplacement(
                    call, by: call.state.understood(as: analysis), in: key.workspaceID, at: now())
            }
            let areChanged = try await calls.replace(replacements)
            missing.subtract(zip(replacements, areChanged).filter(\.1).map(\.0.key))
        }
        return Set(found.keys).subtracting(missing)
    }
}

/// How many calls are worked on at once: more while that takes no time, few where a language model thinks of each.
struct AnalysisWidth {
    static let least = 4
    static let most = 32
    private static let quick = Duration.milliseconds(300)
    private static let slow = Duration.seconds(2)

    private(set) var calls = least

    /// - Parameter count: of the calls that there were.
    mutating func note(_ count: Int, in elapsed: Duration) {
        if count == calls, elapsed < Self.quick { calls = min(calls * 2, Self.most) }
        if elapsed > Self.slow { calls = max(calls / 2, Self.least) }
    }
}

extension CallState {
    /// This call with what was made out of it, wherever nobody said it before.
    func understood(as found: ConversationAnalysis) -> CallState {
        var next = self
        if !isSentimentStated { next.facts.sentiment = found.sentiment }
        if details.summary.isEmpty { next.details.summary = found.summary }
        if details.emotions.isEmpty { next.details.emotions = found.emotions }
        if details.keyPhrases.isEmpty {
            next.details.keyPhrases = found.keyPhrases
            next.facts.phrases = Phrase.keys(of: found.keyPhrases)
        }
        if facts.channel == .chat {
            // What it cost is ours to say, unlike the cost of a call that somebody else held.
            next.facts.costMicros = min(facts.costMicros + max(0, found.costMicros), CallLimits.costMicros)
        }
        next.details.analysis = CallAnalysis(
            topics: found.topics, intent: found.intent, qualityPermille: min(max(found.qualityPermille, 0), 1000),
            provider: found.provider, model: found.model, version: found.version)
        return next
    }
}
