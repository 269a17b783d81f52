import NIOConcurrencyHelpers

/// What a check says.
package enum Readiness: Sendable, Equatable {
    case ready
    /// The reason is shown at `/readyz`: a few words, no secret, no caller's data.
    case notReady(String)
}

/// Whether a process should be given work: the checks that its components register.
package final class ReadinessChecks: Sendable {
    /// The longest that any check is waited for.
    package static let longestDeadline = Duration.milliseconds(900)

    private struct State {
        var checks: [ReadinessCheck] = []
        var isStarted: Bool
        var isStopping = false

        var process: Readiness {
            if isStopping { return .notReady("stopping") }
            return isStarted ? .ready : .notReady("starting")
        }
    }

    private let state: NIOLockedValueBox<State>

    /// - Parameter isStarted: false means not ready until `markStarted`.
    package init(isStarted: Bool = true) { state = NIOLockedValueBox(State(isStarted: isStarted)) }

    /// From now on the checks decide.
    package func markStarted() { state.withLockedValue { $0.isStarted = true } }

    /// Adds a check, asked whenever somebody reads `/readyz`, one run at a time.
    /// - Parameters:
    ///   - name: the key in the answer; not `process`. A check of the same name is replaced.
    ///   - deadline: a run that takes longer counts as not ready; at most `longestDeadline`.
    ///   - check: must not block its thread.
    package func register(
        _ name: String, deadline: Duration = .milliseconds(500), check: @escaping @Sendable () async -> Readiness
    ) {
        precondition(name != "process", "the name process is taken")
        let added = ReadinessCheck(name: name, deadline: min(deadline, Self.longestDeadline), ask: check)
        state.withLockedValue { state in
            state.checks.removeAll { $0.name == name }
            state.checks.append(added)
        }
    }

    /// From now on the process is not ready, whatever its checks say.
    package func markStopping() { state.withLockedValue { $0.isStopping = true } }

    /// True after `markStopping`.
    package var isStopping: Bool { state.withLockedValue { $0.isStopping } }

    /// Runs all checks at the same time and answers within the longest of their deadlines.
    package func evaluate() async -> ReadinessReport {
        let (checks, process) = state.withLockedValue { ($0.checks, $0.process) }
        var results = ["process": process]
        await withTaskGroup(of: (String, Readiness).self) { group in
            for check in checks {
                group.addTask { (check.name, await check.result()) }
            }
            for await (name, result) in group { results[name] = result }
        }
        return ReadinessReport(results: results)
    }
}

/// What all checks said at one instant.
package struct ReadinessReport: Sendable, Equatable {
    /// By the check's name; `process` is the process itself.
    package let results: [String: Readiness]

    package var isReady: Bool { results.values.allSatisfy { $0 == .ready } }

    /// `{"database":"ok","bus":"no peer"}`, by name.
    package var json: String {
        let fields = results.sorted { $0.key < $1.key }.map { name, result in
            switch result {
            case .ready: "\(JSONText.quoted(name)):\"ok\""
            case .notReady(let reason): "\(JSONText.quoted(name)):\(JSONText.quoted(reason))"
            }
        }
        return "{" + fields.joined(separator: ",") + "}\n"
    }
}
