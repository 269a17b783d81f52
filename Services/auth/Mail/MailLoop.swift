import Bus
import Contracts
import Logging
import ServiceLifecycle
import ServiceRuntime
import Synchronization

/// Sends what waits, at least once and in most cases exactly once: a letter leaves the table after it was handed over.
struct MailLoop: Service {
    private static let leaseSeconds = 45
    private static let mostAtOnce = 8
    private static let longestPauseSeconds = 900

    let mails: any MailRepository
    let delivery: any MailDelivery
    let counts: MailCounts
    let bell: MailBell
    let logger: Logger
    /// Between two looks when nobody rings.
    var pause: Duration = .seconds(2)
    var now: @Sendable () -> Timestamp = { .now() }

    func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                // What is handed over is brought to its end also while the process stops.
                if await Task(operation: { await sendDue() }).value == 0 { await bell.wait(atMost: pause) }
            }
        }
    }

    /// - Returns: how many were tried.
    func sendDue() async -> Int {
        do {
            let now = now()
            let due = try await mails.claimMails(
                atMost: Self.mostAtOnce, dueAt: now, until: now.adding(seconds: Self.leaseSeconds))
            await withTaskGroup(of: Void.self) { group in
                for mail in due { group.addTask { await send(mail) } }
            }
            return due.count
        } catch {
            logger.warning("cannot look for mail", metadata: ["cause": "\(error)"])
            return 0
        }
    }

    private func send(_ mail: ClaimedMail) async {
        do {
            try await settle(mail, await outcome(of: mail))
        } catch {
            // Its lease ends by itself, and it is tried again.
            logger.warning("cannot note what became of a mail", metadata: metadata(of: mail, cause: "\(error)"))
        }
    }

    private enum Outcome {
        case sent
        case notYet(cause: String)
        case never(cause: String)
    }

    private func outcome(of mail: ClaimedMail) async -> Outcome {
        guard now() < mail.forgetAfter else { return .never(cause: "past its use") }
        do {
            try await delivery.deliver(mail)
            return .sent
        } catch let refusal as MailRefused {
            return .never(cause: "\(refusal)")
        } catch {
            return .notYet(cause: "\(error)")
        }
    }

    private func settle(_ mail: ClaimedMail, _ outcome: Outcome) async throws {
        switch outcome {
        case .sent:
            try await Failpoint.hit("auth.mail-sent")
            try await mails.remove(mail)
            counts.note(\.sent)
        case .notYet(let cause):
            counts.note(\.failed)
            logger.warning("mail not sent yet", metadata: metadata(of: mail, cause: cause))
            try await mails.postpone(mail, until: now().adding(seconds: Self.pauseSeconds(after: mail.attempts)))
        case .never(let cause):
            logger.warning("mail given up", metadata: metadata(of: mail, cause: cause))
            try await mails.remove(mail)
            counts.note(\.givenUp)
        }
    }

    private func metadata(of mail: ClaimedMail, cause: String) -> Logger.Metadata {
        ["mail": "\(mail.id)", "attempt": "\(mail.attempts)", "cause": "\(cause)"]
    }

    /// 5, 10, 20 … seconds, a quarter of an hour at most.
    static func pauseSeconds(after attempts: Int) -> Int {
        min(longestPauseSeconds, 5 << min(max(attempts - 1, 0), 10))
    }
}

/// Wakes the loop when a letter was stored in this process.
final class MailBell: Sendable {
    private struct State {
        var hasRung = false
        var waiting: CheckedContinuation<Void, Never>?
    }

    private let state = Mutex(State())

    @Sendable func ring() {
        state.withLock { state in
            guard let waiting = state.waiting else { return state.hasRung = true }
            state.waiting = nil
            waiting.resume()
        }
    }

    /// Returns when somebody rings or has rung, after `patience`, or when the task is cancelled. For one task at a time.
    func wait(atMost patience: Duration) async {
        let alarm = Task {
            guard (try? await Task.sleep(for: patience)) != nil else { return }
            ring()
        }
        defer { alarm.cancel() }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                state.withLock { state in
                    guard state.hasRung else { return state.waiting = continuation }
                    state.hasRung = false
                    continuation.resume()
                }
            }
        } onCancel: {
            ring()
        }
    }
}

/// What became of letters since the start.
final class MailCounts: Sendable {
    struct Numbers: Sendable {
        var sent = 0
        var failed = 0
        var givenUp = 0
    }

    private let numbers = Mutex(Numbers())

    var current: Numbers { numbers.withLock { $0 } }

    func note(_ path: WritableKeyPath<Numbers, Int>) {
        numbers.withLock { $0[keyPath: path] += 1 }
    }
}
