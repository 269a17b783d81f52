import Foundation
import NIOConcurrencyHelpers
import TestSupport
import Testing

extension RealStack {
    /// Two dialling processes that are killed in turn, in each phase of placing a call and anywhere, and a voice server that counts what it is asked to place.
    @Suite struct DialingUnderKills {
        /// What a voice server has seen of each call.
        private struct Ledger {
            var placed: [String: Int] = [:]
            var running: Set<String> = []
            var mostRunning = 0
        }

        private static let cap = 60
        private static let count = 2000

        @Test func `every number is settled, no attempt is placed twice, and the cap is never passed`() async throws {
            let ledger = NIOLockedValueBox(Ledger())
            let (calls, placed) = AsyncStream.makeStream(of: String.self)
            let peer = try HTTPPeer { request in
                guard let id = (try? JSON(bytes: Array(request.body.utf8)))?["custom_field"].string else {
                    return .answer(status: 400, body: "{}")
                }
                ledger.withLockedValue { ledger in
                    ledger.placed[id, default: 0] += 1
                    ledger.running.insert(id)
                    ledger.mostRunning = max(ledger.mostRunning, ledger.running.count)
                }
                placed.yield(id)
                return .answer(status: 200, body: #"{"status":"success"}"#)
            }
            defer { peer.stop() }
            var options = Stack.Options()
            options.agentsProcesses = 2
            options.serviceEnvironment["agents"] = [
                "VOICE_SERVER_URL": "http://127.0.0.1:\(peer.port)", "CALL_MAX_MINUTES": "1",
            ]
            try await Stack.with(options) { stack in
                let api = try await stack.api.registered()
                let speaker = Task { await Self.speak(calls, api, ledger) }
                defer { speaker.cancel() }
                let campaign = try await launch(api)
                let killer = Task { try await Self.kill(stack) }
                try await eventually(within: .seconds(150), "the campaign is completed") {
                    guard let shown = try? await api.get("/campaigns/\(campaign)"), shown.status == 200 else {
                        return false
                    }
                    let sum = ["pending", "in_progress", "completed", "failed"].compactMap { shown.json[$0].int }
                    #expect(sum.reduce(0, +) == Self.count && (shown.json["in_progress"].int ?? 0) <= Self.cap)
                    return shown.json["status"] == "completed"
                }
                try await killer.value
                let seen = ledger.withLockedValue { $0 }
                #expect(seen.placed.values.allSatisfy { $0 == 1 })
                #expect(seen.mostRunning <= Self.cap && seen.mostRunning > 1, "\(seen.mostRunning)")
                try await expectSettled(api, campaign, placed: Set(seen.placed.keys))
                let verify = try await stack.run("analytics", "verify", within: .seconds(60))
                #expect(verify.output.contains("0 differences"))
            }
        }

        /// In each phase of placing a call once, and as often somewhere.
        private static func kill(_ stack: Stack) async throws {
            for (turn, phase) in ["attempt-recorded", "placing-unsent", "sent-unrecorded"].enumerated() {
                let (victim, other) = turn == 1 ? ("agents-2", "agents") : ("agents", "agents-2")
                try await stack.restart(victim, failpoint: "agents.\(phase):kill@3")
                try await eventually(within: .seconds(30), "\(victim) ends at \(phase)") {
                    await stack[victim].hasFired
                }
                try await stack[victim].awaitReady()
                try await Task.sleep(for: .milliseconds(Int.random(in: 100...600)))
                await stack[other].send(SIGKILL)
                try await stack[other].awaitReady()
            }
        }

        private func launch(_ api: APIClient) async throws -> String {
            let agent = try await api.post("/agents", ["name": "Caller"]).expect(201).json["id"]
            let numbers = JSON.array((0..<Self.count).map { JSON("+1555\(1_000_000 + $0)") })
            let made =
                try await api.post(
                    "/campaigns",
                    [
                        "name": "Spring", "agent_id": agent, "phone_numbers": numbers,
                        "end_time": "2099-06-30T23:59:59Z", "max_concurrent_calls": JSON(Self.cap),
                        "retry_config": ["max_retries": 2, "retry_delay": 0],
                    ]
                ).expect(201).json["id"].string ?? ""
            try await api.send("POST", "/campaigns/\(made)/launch").expect(200)
            return made
        }

        /// Ends each placed call a moment later, as a voice server does, until that is heard.
        private static func speak(
            _ calls: AsyncStream<String>, _ api: APIClient, _ ledger: NIOLockedValueBox<Ledger>
        ) async {
            await withDiscardingTaskGroup { group in
                for await id in calls {
                    group.addTask {
                        try? await Task.sleep(for: .milliseconds(Int.random(in: 150...400)))
                        // From here on the platform may know that the call has ended.
                        ledger.withLockedValue { _ = $0.running.remove(id) }
                        while !Task.isCancelled {
                            let answer = try? await api.patch(
                                "/call-logs/\(id)", ["status": "completed", "duration_seconds": 1])
                            if answer?.status == 200 || answer?.status == 409 { return }
                            try? await Task.sleep(for: .milliseconds(100))
                        }
                    }
                }
            }
        }

        private func expectSettled(_ api: APIClient, _ campaign: String, placed: Set<String>) async throws {
            var states: [String: Int] = [:]
            var calls: Set<String> = []
            var cursor = ""
            repeat {
                let page = try await api.get("/campaigns/\(campaign)/numbers?limit=500\(cursor)").expect(200).json
                for number in page["items"].array ?? [] {
                    states[number["state"].string ?? "", default: 0] += 1
                    if number["state"] == "completed", let id = number["last_call_id"].string { calls.insert(id) }
                }
                cursor = page["next_cursor"].string.map { "&cursor=\($0)" } ?? ""
            } while !cursor.isEmpty
            #expect(states["pending"] == nil && states["in_progress"] == nil)
            #expect(states.values.reduce(0, +) == Self.count, "\(states)")
            #expect((states["completed"] ?? 0) > Self.count * 9 / 10, "\(states)")
            #expect(calls.count == states["completed"] && calls.isSubset(of: placed))
        }
    }
}
