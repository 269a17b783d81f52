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
    /// After so many rests in a row, half a minute, it works on a few all the same.
    private static let mostBusyRests = 15
    /// Before what nobody could look at is tried again.
    private static let awaySeconds = 5
    /// How often what was found is tried to be stored while others change the call.
    private static let attempts = 20
    private static let allTurns = 100_000

    func run() async throws {
        await cancelWhenGracefulShutdown {
            var width = AnalysisWidth()
            var rest = Duration.milliseconds(Self.restMS)
            var busyRests = 0
            while (try? await Task.sleep(for: rest)) != nil {
                let isBusy = isBusy()
                if isBusy {
                    width = AnalysisWidth()
                    busyRests += 1
                    if busyRests < Self.mostBusyRests {
                        rest = .milliseconds(Self.busyRestMS)
                        continue
                    }
                }
                busyRests = 0
                do {
                    let begin = ContinuousClock.now
                    let count = try await work(width: width.calls)
                    let elapsed = ContinuousClock.now - begin
                    // Half the time of one of many: others want the machine, too.
                    rest =
                        count == width.calls
                        ? min(elapsed, .milliseconds(Self.busyRestMS)) : .milliseconds(Self.restMS)
                    width.note(count, in: elapsed)
                    if isBusy { rest = .milliseconds(Self.busyRestMS) }
                } catch is NobodyThere {
                    width = AnalysisWidth()
                    rest = .milliseconds(Self.busyRestMS)
                } catch {
                    logger.warning("calls cannot be analysed", metadata: ["cause": "\(error)"])
                    rest = .milliseconds(Self.busyRestMS)
                }
            }
        }
    }

    /// Works on some that are due, side by side.
    /// - Returns: on how many.
    /// - Throws: `NobodyThere` when agents could look at none of them, and what PostgreSQL says.
    func work(width: Int = AnalysisWidth.least) async throws -> Int {
        let taken = try await queue.take(limit: width)
        // Whatever ends a process that works on it, or cannot be read, ends with that.
        let tasks = taken.filter { $0.tries <= Self.tries }
        try await giveUp(taken.filter { $0.tries > Self.tries })
        guard !tasks.isEmpty else { return taken.count }
        let known = try await calls.calls(tasks.map(\.key))
        var found: [CallKey: ConversationAnalysis] = [:]
        var (over, failed, away): ([AnalysisTask], [AnalysisTask], [AnalysisTask]) = ([], [], [])
        await withTaskGroup(of: (AnalysisTask, Outcome).self) { group in
            for task in tasks { group.addTask { (task, await outcome(of: known[task.key], task)) } }
            for await (task, outcome) in group {
                switch outcome {
                case .found(let analysis): found[task.key] = analysis
                case .over: over.append(task)
                case .failed: failed.append(task)
                case .away: away.append(task)
                }
            }
        }
        try await Failpoint.hit("calls.analysed-unstored")
        let kept = await keep(found, known)
        for task in tasks where found[task.key] != nil {
            if kept.contains(task.key) { over.append(task) } else { failed.append(task) }
        }
        try await queue.finish(over)
        try await giveUp(failed.filter { $0.tries >= Self.tries })
        for task in failed where task.tries < Self.tries {
            try await queue.putBack(task, seconds: min(1 << task.tries, 300))
        }
        for task in away { try await queue.putBack(task, seconds: Self.awaySeconds, counts: false) }
        guard away.count < tasks.count else { throw NobodyThere() }
        return taken.count
    }

    /// None of the calls could be looked at, which says nothing of them.
    struct NobodyThere: Error {}

    private func giveUp(_ tasks: [AnalysisTask]) async throws {
        for task in tasks {
            logger.warning("a call is not analysed any more", metadata: ["call": "\(task.key.id)"])
        }
        try await queue.finish(tasks)
    }

    private enum Outcome {
        case found(ConversationAnalysis)
        /// Deleted or understood meanwhile, or nothing was said.
        case over
        case failed
        /// Nobody could look at it.
        case away
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
        } catch let fault as Fault where [.unavailable, .overloaded].contains(fault.kind) {
            return .away
        } catch {
            logger.warning("call not analysed", metadata: ["call": "\(call.id)", "cause": "\(error)"])
            return .failed
        }
    }

    /// - Parameter known: the calls as they were; one that others have changed meanwhile is read again.
    /// - Returns: those with which all is done.
    private func keep(
        _ found: [CallKey: ConversationAnalysis], _ known: [CallKey: StoredCall]
    ) async -> Set<CallKey> {
        var (current, missing, failed): ([CallKey: StoredCall], Set<CallKey>, Set<CallKey>) = (
            known, Set(found.keys), []
        )
        for attempt in 0..<Self.attempts where !missing.isEmpty {
            if attempt > 0 {
                guard (try? await Task.sleep(for: .milliseconds(attempt))) != nil,
                    let read = try? await calls.calls(Array(missing))
                else { break }
                current = read
            }
            // Of one whose words are others now nothing is known.
            failed.formUnion(missing.filter { Self.isReworded(current[$0], since: known[$0]) })
            missing.subtract(failed)
            missing = missing.filter { current[$0].map { $0.state.details.analysis == nil } ?? false }
            let (stored, refused) = await store(missing, found, current)
            missing.subtract(stored.union(refused))
            failed.formUnion(refused)
        }
        return Set(found.keys).subtracting(missing).subtracting(failed)
    }

    private static func isReworded(_ call: StoredCall?, since known: StoredCall?) -> Bool {
        guard let call, let known else { return false }
        return call.state.transcript != known.state.transcript
    }

    /// Partition by partition: a transaction holds one head at a time.
    private func store(
        _ keys: Set<CallKey>, _ found: [CallKey: ConversationAnalysis], _ known: [CallKey: StoredCall]
    ) async -> (stored: Set<CallKey>, refused: Set<CallKey>) {
        let replacements = keys.compactMap { key -> CallReplacement? in
            guard let call = known[key], let analysis = found[key] else { return nil }
            return CallReplacement(call, by: call.state.understood(as: analysis), in: key.workspaceID, at: now())
        }
        var (stored, refused): (Set<CallKey>, Set<CallKey>) = ([], [])
        for group in Dictionary(grouping: replacements, by: { EventPartition.of($0.key.workspaceID.uuid) }).values {
            for (replacement, outcome) in zip(group, await calls.outcomes(of: group)) {
                switch outcome {
                case .success(true): stored.insert(replacement.key)
                case .success(false): break
                case .failure(let error):
                    logger.warning(
                        "an analysis cannot be stored",
                        metadata: ["call": "\(replacement.key.id)", "cause": "\(error)"])
                    refused.insert(replacement.key)
                }
            }
        }
        return (stored, refused)
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
    func understood(as given: ConversationAnalysis) -> CallState {
        let found = given.bounded
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
            topics: found.topics, intent: found.intent, qualityPermille: found.qualityPermille,
            provider: found.provider, model: found.model, version: found.version)
        return next
    }
}

extension ConversationAnalysis {
    /// Within the bounds that anybody must keep who states such things of a call.
    fileprivate var bounded: ConversationAnalysis {
        func cut(_ text: String, _ most: Int) -> String {
            let scalars = text.unicodeScalars.lazy.filter { $0 != "\0" }.prefix(most)
            return String(String.UnicodeScalarView(scalars))
        }
        func labels(_ texts: [String]) -> [String] {
            texts.prefix(CallLimits.labelCount).map { cut($0, CallLimits.labelCharacters) }
        }
        var bounded = self
        bounded.summary = cut(summary, CallLimits.notesCharacters)
        bounded.emotions = labels(emotions)
        bounded.keyPhrases = labels(keyPhrases)
        bounded.topics = labels(topics)
        bounded.intent = cut(intent, CallLimits.labelCharacters)
        bounded.qualityPermille = min(max(qualityPermille, 0), 1000)
        bounded.model = cut(model, CallLimits.nameCharacters)
        return bounded
    }
}
