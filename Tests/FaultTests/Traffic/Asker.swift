import Foundation
import NIOConcurrencyHelpers
import Synchronization
import TestSupport

/// Sends operations, records what happens to each, and asks again with the same key until the answer is certain.
final class Asker: Sendable {
    let history: History
    private let deadline = NIOLockedValueBox<ContinuousClock.Instant?>(nil)
    private let names = Atomic<Int>(0)
    private let prefix: String

    /// - Parameter prefix: makes operations' names unique among runs on one stack.
    init(history: History, prefix: String) {
        self.history = history
        self.prefix = prefix
    }

    /// A name for the next operation; it also marks the rows that the operation makes.
    func nextName() -> String {
        "\(prefix)-\(names.wrappingAdd(1, ordering: .relaxed).newValue)"
    }

    /// From now on nothing new begins, and what is unanswered after this patience stays so.
    func finish(within patience: Duration) {
        deadline.withLockedValue { $0 = .now + patience }
    }

    var isFinishing: Bool { deadline.withLockedValue { $0 != nil } }
    private var isOver: Bool { deadline.withLockedValue { $0.map { $0 <= .now } ?? false } }

    /// One operation from its first attempt to its certain answer.
    /// - Parameters:
    ///   - sent: goes out in place of `body`, which then is only recorded.
    ///   - retries: false gives up after the first attempt, whatever it brings.
    ///   - token: what the operation is about, for the history.
    /// - Returns: the certain answer, 2xx or 4xx; nil when there is none.
    @discardableResult
    func ask(
        _ kind: OperationKind, name: String, as tenant: Tenant, with client: APIClient, _ method: String,
        _ path: String, body: JSON? = nil, sent: (type: String, bytes: [UInt8])? = nil, key: String? = nil,
        retries: Bool = true, token: String? = nil
    ) async -> APIAnswer? {
        var headers: [String: String] = [:]
        if let key { headers["Idempotency-Key"] = key }
        if body != nil { headers["Content-Type"] = sent?.type ?? "application/json" }
        var pause = Duration.milliseconds(20)
        for attempt in 1... {
            await history.record(
                HistoryLine(
                    event: .asked, operation: name, attempt: attempt, at: history.now, kind: kind,
                    tenant: tenant.number, method: method, path: path, key: key, body: body,
                    token: token))
            let sentAt = history.now
            do {
                let answer = try await client.send(
                    method, path, headers: headers, body: sent?.bytes ?? body?.bytes, timeout: .seconds(15))
                await history.record(
                    HistoryLine(
                        event: .answered, operation: name, attempt: attempt, sentAt: sentAt, at: history.now,
                        status: answer.status, answer: answer.json,
                        isReplayed: answer.header("Idempotent-Replayed") == "true"))
                if Self.isCertain(answer.status) { return answer }
            } catch {
                await history.record(
                    HistoryLine(
                        event: .lost, operation: name, attempt: attempt, sentAt: sentAt, at: history.now,
                        error: "\(error)"))
            }
            guard retries, !isOver else { return nil }
            try? await Task.sleep(for: pause)
            pause = min(pause * 2, .milliseconds(250))
        }
        return nil
    }

    private static func isCertain(_ status: Int) -> Bool {
        switch status {
        case 409, 429: false
        default: status < 500
        }
    }
}
