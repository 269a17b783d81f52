import Bus
import Contracts
import Logging
import ServiceLifecycle
import ServiceRuntime

/// Has agents make out what was said in calls that have ended, and keeps what they found. What somebody said of a call
/// stays; a result that comes late corrects the statistics like any other change.
struct CallAnalyser: Service {
    let queue: AnalysisQueue
    let calls: any CallRepository
    let conversations: any ConversationRepository
    let agents: any Asking
    let logger: Logger
    /// Whether many calls come in: those go first.
    let isBusy: @Sendable () -> Bool
    var now: @Sendable () -> Timestamp = { .now() }

    /// Calls that one process works on at a time.
    static let width = 4
    /// After so many tries it is given up.
    static let tries = 8
    private static let restMS = 500
    private static let busyRestMS = 2000
    private static let attempts = 20
    private static let allTurns = 100_000

    func run() async throws {
        await cancelWhenGracefulShutdown {
            var restMS = Self.restMS
            while (try? await Task.sleep(for: .milliseconds(restMS))) != nil {
                restMS = Self.restMS
                guard !isBusy() else {
                    restMS = Self.busyRestMS
                    continue
                }
                do {
                    if try await work() == Self.width { restMS = 1 }
                } catch {
                    logger.warning("calls cannot be analysed", metadata: ["cause": "\(error)"])
                    restMS = Self.busyRestMS
                }
            }
        }
    }

    /// Works on some that are due, side by side.
    /// - Returns: on how many.
    func work() async throws -> Int {
        let tasks = try await queue.take(limit: Self.width)
        await withTaskGroup(of: Void.self) { group in
            for task in tasks { group.addTask { await work(on: task) } }
        }
        return tasks.count
    }

    private func work(on task: AnalysisTask) async {
        do {
            do {
                try await analyse(task)
                try await queue.finish(task)
            } catch let fault as Fault where [.callNotFound, .inputInvalid].contains(fault.entry) {
                // Deleted meanwhile, or nothing was said.
                try await queue.finish(task)
            } catch  where task.tries >= Self.tries {
                logger.warning("call not analysed", metadata: ["call": "\(task.callID)", "cause": "\(error)"])
                try await queue.finish(task)
            } catch {
                try await queue.putBack(task, seconds: min(1 << task.tries, 300))
            }
        } catch {
            // It is due again when its time is over.
            logger.warning("analysis not noted", metadata: ["call": "\(task.callID)", "cause": "\(error)"])
        }
    }

    private func analyse(_ task: AnalysisTask) async throws {
        let call = try await calls.call(task.callID, in: task.workspaceID)
        guard call.state.details.analysis == nil else { return }
        let turns = try await conversations.turns(
            of: task.callID, in: task.workspaceID, from: 1, count: Self.allTurns)
        let found = try await agents.ask(
            AnalyzeConversation(
                turns: turns, transcript: turns.isEmpty ? call.state.transcript : "", isEscalated: call.isEscalated),
            as: .service(CallsEvents.name, workspaceID: task.workspaceID.uuid),
            within: AnalyzeConversation.deadlineMS)
        try await Failpoint.hit("calls.analysed-unstored")
        for _ in 0..<Self.attempts {
            let call = try await calls.call(task.callID, in: task.workspaceID)
            guard call.state.details.analysis == nil else { return }
            let now = now()
            let next = call.state.understood(as: found)
            if try await calls.replace(call, by: next, in: task.workspaceID, at: now) { return }
        }
        throw Fault(.unavailable)
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
        next.details.analysis = CallAnalysis(
            topics: found.topics, intent: found.intent, qualityPermille: min(max(found.qualityPermille, 0), 1000),
            provider: found.provider, model: found.model, version: found.version)
        return next
    }
}
