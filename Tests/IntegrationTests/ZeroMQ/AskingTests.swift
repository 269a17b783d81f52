import Bus
import Foundation
import Testing
import ZeroMQ

extension ZeroMQBusTests {
    @Suite struct AskingTests {
        @Test func `a question is answered with its context and its caller`() async throws {
            try await withBuses { fixture in
                _ = try fixture.server()
                let asker = try fixture.asker()
                let key = UUID()
                let context = RequestContext(requestID: "request-0001", deadline: .after(milliseconds: 3000))
                let echo = try await RequestContext.$current.withValue(context) {
                    try await asker.ask(Probe("hello"), as: Caller(identity: .apiKey(key)))
                }
                #expect(echo.text == "hello")
                #expect(echo.requestID == "request-0001")
                #expect((1...3000).contains(echo.budgetMS))
                #expect(echo.caller == "key:\(key.uuidString.lowercased())")
            }
        }

        @Test func `tcp carries questions too`() async throws {
            try await withBuses { fixture in
                let server = try fixture.server { $0.requestsBind = "tcp://127.0.0.1:*" }
                let endpoint = try #require(server.boundEndpoints.requests)
                let asker = try fixture.asker { $0.owners["probe"] = .init(requests: [endpoint]) }
                #expect(try await asker.ask(Probe("over tcp"), as: .anonymous).text == "over tcp")
            }
        }

        @Test func `ten thousand questions at a time are all answered`() async throws {
            try await withBuses { fixture in
                _ = try fixture.server {
                    $0.limits.queueLength = 20_000; $0.limits.queueWaitMS = 30_000
                }
                let asker = try fixture.asker {
                    $0.limits.askedInFlight = 10_000; $0.limits.timeoutMS = 30_000
                }
                let sum = try await withThrowingTaskGroup(of: Int.self) { group in
                    for number in 0..<10_000 {
                        group.addTask { Int(try await asker.ask(Probe("\(number)"), as: .anonymous).text) ?? -1 }
                    }
                    return try await group.reduce(0, +)
                }
                #expect(sum == 49_995_000)
                #expect(await eventually { asker.stats.asking["probe"]?.inFlight == 0 })
            }
        }

        @Test func `a fault travels whole`() async throws {
            try await withBuses { fixture in
                _ = try fixture.server()
                let asker = try fixture.asker()
                let fault = await failure { try await asker.ask(Probe("no", fails: true), as: .anonymous) }
                #expect(fault == Fault(kind: .conflict, code: "X", message: "no", field: "text"))
            }
        }

        @Test func `a question fails when its deadline passes and its late answer is only counted`() async throws {
            try await withBuses { fixture in
                _ = try fixture.server()
                let asker = try fixture.asker()
                _ = try await asker.ask(Probe(), as: .anonymous)
                let start = ContinuousClock.now
                let fault = await failure { try await asker.ask(Probe(sleepMS: 1500), as: .anonymous, within: 100) }
                let waited = ContinuousClock.now - start
                #expect(fault?.kind == .deadlinePassed)
                #expect(waited > .milliseconds(95) && waited < .milliseconds(1000))
                #expect(await eventually { asker.stats.asking["probe"]?.late == 1 })
                #expect(asker.stats.asking["probe"]?.timeouts == 1)
                #expect(asker.stats.asking["probe"]?.inFlight == 0)
            }
        }

        @Test func `different deadlines are kept in whatever order they are asked`() async throws {
            try await withBuses { fixture in
                _ = try fixture.server()
                let asker = try fixture.asker()
                // Until it is connected a short deadline tells that nobody is there.
                _ = try await asker.ask(Probe(), as: .anonymous)
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for milliseconds in [400, 50, 200, 100, 300, 150] {
                        group.addTask {
                            let start = ContinuousClock.now
                            let fault = await failure {
                                try await asker.ask(Probe(sleepMS: 2000), as: .anonymous, within: milliseconds)
                            }
                            #expect(fault?.kind == .deadlinePassed)
                            let waited = ContinuousClock.now - start
                            #expect(waited >= .milliseconds(milliseconds - 1))
                            #expect(waited < .milliseconds(milliseconds + 1000))
                        }
                    }
                    try await group.waitForAll()
                }
            }
        }

        @Test func `a cancelled task gets its cancellation at once`() async throws {
            try await withBuses { fixture in
                _ = try fixture.server()
                let asker = try fixture.asker()
                let task = Task { try await asker.ask(Probe(sleepMS: 3000), as: .anonymous) }
                #expect(await eventually { asker.stats.asking["probe"]?.inFlight == 1 })
                let start = ContinuousClock.now
                task.cancel()
                await #expect(throws: CancellationError.self) { try await task.value }
                #expect(ContinuousClock.now - start < .milliseconds(1500))
                #expect(asker.stats.asking["probe"]?.inFlight == 0)
            }
        }

        @Test func `tasks that are cancelled at any moment all end and leave nothing behind`() async throws {
            try await withBuses { fixture in
                _ = try fixture.server()
                let asker = try fixture.asker()
                for round in 0..<500 {
                    let task = Task { try await asker.ask(Probe("\(round)"), as: .anonymous) }
                    if round % 3 == 0 { await Task.yield() }
                    task.cancel()
                    _ = await task.result
                }
                #expect(await eventually { asker.stats.asking["probe"]?.inFlight == 0 })
            }
        }

        @Test func `a question that is too large is refused before it is sent`() async throws {
            try await withBuses { fixture in
                _ = try fixture.server()
                let asker = try fixture.asker()
                let text = String(repeating: "x", count: 17 * 1024 * 1024)
                let fault = await failure { try await asker.ask(Probe(text), as: .anonymous) }
                #expect(fault?.kind == .tooLarge)
                #expect(try await asker.ask(Probe("small"), as: .anonymous).text == "small")
                #expect(asker.stats.asking["probe"]?.inFlight == 0)
            }
        }

        @Test func `a large question and its large answer arrive whole`() async throws {
            try await withBuses { fixture in
                _ = try fixture.server()
                let asker = try fixture.asker()
                let text = String(repeating: "x", count: 15 * 1024 * 1024)
                #expect(try await asker.ask(Probe(text), as: .anonymous).text == text)
            }
        }

        @Test func `an answer that is too large is a defect of the one who answers`() async throws {
            try await withBuses { fixture in
                _ = try fixture.server { $0.limits.messageBytes = 1000 }
                let asker = try fixture.asker()
                let fault = await failure { try await asker.ask(Probe("x", copies: 2000), as: .anonymous) }
                #expect(fault == .unexpected())
                #expect(try await asker.ask(Probe("small"), as: .anonymous).text == "small")
            }
        }

        @Test func `a subject that nobody serves is not available`() async throws {
            try await withBuses { fixture in
                _ = try fixture.server(serving: false)
                let asker = try fixture.asker()
                #expect(await failure { try await asker.ask(Probe(), as: .anonymous) } == .unreachable("probe"))
            }
        }

        @Test func `an owner that is not configured is not available`() async throws {
            try await withBuses { fixture in
                let asker = try fixture.asker { $0.owners = [:] }
                #expect(await failure { try await asker.ask(Probe(), as: .anonymous) } == .unreachable("probe"))
            }
        }

        @Test func `before the start and after the end nobody is available`() async throws {
            try await withBuses { fixture in
                let bus = ZeroMQBus(
                    ZeroMQBusConfiguration(service: "gateway", owners: ["probe": fixture.owner]),
                    logger: BusFixture.quiet)
                #expect(await failure { try await bus.ask(Probe(), as: .anonymous) } == .unreachable("probe"))
                _ = try fixture.start(bus)
                await bus.close()
                #expect(await failure { try await bus.ask(Probe(), as: .anonymous) } == .unreachable("probe"))
            }
        }
    }
}
