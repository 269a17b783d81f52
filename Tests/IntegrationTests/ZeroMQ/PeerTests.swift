import Bus
import Foundation
import Testing

@testable import ZeroMQ

extension ZeroMQBusTests {
    /// Processes that come, go, hang and stop.
    @Suite struct PeerTests {
        @Test func `nobody there is known after a short wait`() async throws {
            try await withBuses { fixture in
                let asker = try fixture.asker()
                let start = ContinuousClock.now
                #expect(await failure { try await asker.ask(Probe(), as: .anonymous) } == .unreachable("probe"))
                #expect(ContinuousClock.now - start < .milliseconds(2500))
                #expect(asker.stats.asking["probe"]?.unreachable == 1)
            }
        }

        @Test func `a process that has just started is found while a question waits for it`() async throws {
            try await withBuses { fixture in
                let asker = try fixture.asker { $0.limits.connectWaitMS = 3000 }
                let asked = Task { try await asker.ask(Probe("early"), as: .anonymous) }
                try await Task.sleep(for: .milliseconds(150))
                _ = try fixture.server()
                #expect(try await asked.value.text == "early")
            }
        }

        @Test func `a new process gets its share within five seconds`() async throws {
            try await withBuses { fixture in
                _ = try fixture.server("1")
                let asker = try fixture.asker { $0.limits.lookoutMS = BusLimits().lookoutMS }
                #expect(try await asker.ask(Probe(), as: .anonymous).server == "1")
                _ = try fixture.server("2")
                #expect(await eventually { asker.stats.asking["probe"]?.live == 2 })
                let answers = try await servers(of: 100, from: asker)
                #expect(answers["1", default: 0] > 20 && answers["2", default: 0] > 20)
            }
        }

        @Test func `a question in flight to a process that ends is cut off and a repeatable one is asked elsewhere`()
            async throws
        {
            try await withBuses { fixture in
                let first = try fixture.server("1")
                let asker = try fixture.asker()
                _ = try await asker.ask(Probe(), as: .anonymous)
                let lost = Task { await failure { try await asker.ask(Probe(sleepMS: 4000), as: .anonymous) } }
                let repeated = Task { try await asker.ask(RepeatableProbe(sleepMS: 1500), as: .anonymous) }
                #expect(await eventually { first.stats.serving.inFlight == 2 })
                _ = try fixture.server("2")
                #expect(await eventually { asker.stats.asking["probe"]?.live == 2 })
                let start = ContinuousClock.now
                await first.close()
                #expect(await lost.value?.kind == .deadlinePassed)
                #expect(ContinuousClock.now - start < .milliseconds(2000))
                #expect(try await repeated.value.server == "2")
                #expect(asker.stats.asking["probe"]?.cutOff == 1)
                #expect(asker.stats.asking["probe"]?.resent == 1)
            }
        }

        @Test func `a process that hangs is left within three seconds`() async throws {
            try await withBuses { fixture in
                try await withRawPeer(.router) { hung in
                    try hung.socket.bind("ipc://\(fixture.folder)/probe-0.sock")
                    let asker = try fixture.asker()
                    #expect(await eventually { asker.stats.asking["probe"]?.live == 1 })
                    let start = ContinuousClock.now
                    let lost = await failure { try await asker.ask(Probe(), as: .anonymous, within: 10_000) }
                    #expect(lost?.kind == .deadlinePassed)
                    #expect(ContinuousClock.now - start < .milliseconds(3500))
                    #expect(asker.stats.asking["probe"]?.cutOff == 1)
                }
            }
        }

        @Test func `a process that swallows questions gets few of them`() async throws {
            try await withBuses { fixture in
                try await withRawPeer(.router) { swallowing in
                    try swallowing.socket.bind("ipc://\(fixture.folder)/probe-0.sock")
                    _ = try fixture.server("1")
                    let asker = try fixture.asker { $0.limits.heartbeatTimeoutMS = 60_000 }
                    #expect(await eventually { asker.stats.asking["probe"]?.live == 2 })
                    var lost = 0
                    for _ in 0..<20 {
                        if await failure(of: { try await asker.ask(Probe(), as: .anonymous, within: 500) }) != nil {
                            lost += 1
                        }
                    }
                    #expect((1...3).contains(lost))
                }
            }
        }

        @Test func `a draining process sends new questions elsewhere and answers what it has taken`() async throws {
            try await withBuses { fixture in
                let first = try fixture.server("1")
                let asker = try fixture.asker()
                _ = try await asker.ask(Probe(), as: .anonymous)
                let taken = Task { try await asker.ask(Probe(sleepMS: 500), as: .anonymous) }
                #expect(await eventually { first.stats.serving.inFlight == 1 })
                _ = try fixture.server("2")
                #expect(await eventually { asker.stats.asking["probe"]?.live == 2 })
                async let drained: Void = first.drain(within: 5000)
                #expect(await eventually { asker.stats.asking["probe"]?.live == 1 })
                #expect(try await servers(of: 50, from: asker) == ["2": 50])
                #expect(try await taken.value.server == "1")
                await drained
                #expect(await eventually { first.stats.serving.isDraining && first.stats.serving.inFlight == 0 })
            }
        }

        @Test func `draining ends at its deadline whatever is still in flight`() async throws {
            try await withBuses { fixture in
                let server = try fixture.server()
                let asker = try fixture.asker()
                _ = try await asker.ask(Probe(), as: .anonymous)
                let stuck = Task { await failure { try await asker.ask(Probe(sleepMS: 3000), as: .anonymous) } }
                #expect(await eventually { server.stats.serving.inFlight == 1 })
                let start = ContinuousClock.now
                await server.drain(within: 200)
                #expect(ContinuousClock.now - start < .milliseconds(2000))
                await server.close()
                let fault = await stuck.value
                #expect(fault?.kind == .deadlinePassed)
            }
        }

        @Test func `a rolling restart loses no question`() async throws {
            try await withBuses { fixture in
                let asker = try fixture.asker()
                var current = try fixture.server("0")
                _ = try await asker.ask(Probe(), as: .anonymous)
                let isOver = Collected<Bool>()
                let load = (0..<16).map { _ in
                    Task {
                        var answered = 0
                        while isOver.count == 0 {
                            _ = try await asker.ask(Probe(sleepMS: 1), as: .anonymous)
                            answered += 1
                        }
                        return answered
                    }
                }
                for round in 1...5 {
                    let next = try fixture.server("\(round)")
                    #expect(await eventually { asker.stats.asking["probe"]?.live == 2 })
                    await current.drain(within: 5000)
                    await current.close()
                    current = next
                }
                isOver.append(true)
                var answered = 0
                for task in load { answered += try await task.value }
                #expect(answered > 100)
                #expect(asker.stats.asking["probe"]?.cutOff == 0)
            }
        }

        @Test func `files of dead processes are not connected to`() async throws {
            try await withBuses { fixture in
                for number in 0..<20 { try leaveSocketFile("\(fixture.folder)/probe-9\(number).sock") }
                _ = try fixture.server()
                let asker = try fixture.asker()
                _ = try await asker.ask(Probe(), as: .anonymous)
                #expect(asker.stats.asking["probe"]?.endpoints == 1)
            }
        }

        @Test func `a name with several addresses is several endpoints`() async throws {
            try await withBuses { fixture in
                let first = try fixture.server("1") { $0.requestsBind = "tcp://127.0.0.1:*" }
                let port = try #require(first.boundEndpoints.requests?.split(separator: ":").last)
                let asker = try fixture.asker {
                    $0.owners["probe"] = .init(requests: ["tcp://localhost:\(port)", "tcp://127.0.0.2:\(port)"])
                }
                #expect(try await asker.ask(Probe(), as: .anonymous).server == "1")
                #expect(asker.stats.asking["probe"]?.live == 1)
                _ = try fixture.server("2") { $0.requestsBind = "tcp://127.0.0.2:\(port)" }
                #expect(await eventually { asker.stats.asking["probe"]?.live == 2 })
            }
        }

        /// How many of so many questions each process answered.
        private func servers(of count: Int, from asker: ZeroMQBus) async throws -> [String: Int] {
            try await withThrowingTaskGroup(of: String.self) { group in
                for _ in 0..<count { group.addTask { try await asker.ask(Probe(sleepMS: 2), as: .anonymous).server } }
                return try await group.reduce(into: [:]) { $0[$1, default: 0] += 1 }
            }
        }

        /// What remains of a process that was killed: a file that nobody listens at.
        private func leaveSocketFile(_ path: String) throws {
            let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
            defer { close(descriptor) }
            var address = sockaddr_un()
            address.sun_family = sa_family_t(AF_UNIX)
            withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
            let status = withUnsafePointer(to: &address) { address in
                address.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
                }
            }
            try #require(status == 0)
        }
    }
}
