import Bus
import Foundation
import Testing
import ZeroMQ

extension ZeroMQBusTests {
    @Suite struct OverloadTests {
        @Test func `what finds the queue full is refused at once`() async throws {
            try await withBuses { fixture in
                let server = try fixture.server {
                    $0.limits.servedInFlight = 2
                    $0.limits.queueLength = 2
                    $0.limits.queueWaitMS = 10_000
                }
                let asker = try fixture.asker()
                try await warmUp(asker, server)
                let busy = (0..<4).map { _ in Task { try await asker.ask(IngestProbe(sleepMS: 1500), as: .anonymous) } }
                #expect(await eventually { server.stats.serving.queued[0] == 2 })
                var fastest = Duration.seconds(10)
                for _ in 0..<5 {
                    let start = ContinuousClock.now
                    #expect(await failure { try await asker.ask(IngestProbe(), as: .anonymous) } == .overloaded())
                    fastest = min(fastest, ContinuousClock.now - start)
                }
                #expect(fastest < .milliseconds(50))
                for task in busy { _ = try await task.value }
                #expect(await eventually { server.stats.serving.refused == 5 && server.stats.serving.inFlight == 0 })
            }
        }

        @Test func `what waits too long for its turn is refused within fifty milliseconds`() async throws {
            try await withBuses { fixture in
                let server = try fixture.server { $0.limits.servedInFlight = 1 }
                let asker = try fixture.asker()
                try await warmUp(asker, server)
                let busy = Task { try await asker.ask(IngestProbe(sleepMS: 1000), as: .anonymous) }
                #expect(await eventually { asker.stats.asking["probe"]?.inFlight == 1 })
                let start = ContinuousClock.now
                let fault = await failure { try await asker.ask(IngestProbe(), as: .anonymous) }
                let waited = ContinuousClock.now - start
                #expect(fault == .overloaded())
                #expect(waited > .milliseconds(30) && waited < .milliseconds(500))
                _ = try await busy.value
            }
        }

        @Test func `too many questions in flight are refused by the asker itself`() async throws {
            try await withBuses { fixture in
                let server = try fixture.server()
                let asker = try fixture.asker { $0.limits.askedInFlight = 3 }
                try await warmUp(asker, server)
                let busy = (0..<3).map { _ in Task { try await asker.ask(Probe(sleepMS: 1000), as: .anonymous) } }
                #expect(await eventually { asker.stats.asking["probe"]?.inFlight == 3 })
                #expect(await failure { try await asker.ask(Probe(), as: .anonymous) } == .overloaded())
                #expect(asker.stats.asking["probe"]?.inFlight == 3)
                for task in busy { _ = try await task.value }
                for _ in 0..<100 { _ = try await asker.ask(Probe(), as: .anonymous) }
                #expect(asker.stats.asking["probe"]?.refused == 1)
            }
        }

        @Test func `ingestion goes before reads before statistics`() async throws {
            try await withBuses { fixture in
                let server = try fixture.server {
                    $0.limits.servedInFlight = 1
                    $0.limits.queueWaitMS = 10_000
                }
                let asker = try fixture.asker()
                try await warmUp(asker, server)
                let began = fixture.began.count
                let busy = Task { try await asker.ask(IngestProbe(sleepMS: 1000), as: .anonymous) }
                #expect(await eventually { server.stats.serving.inFlight == 1 })
                async let statistics = asker.ask(StatisticsProbe(), as: .anonymous)
                async let read = asker.ask(Probe(), as: .anonymous)
                async let ingest = asker.ask(IngestProbe(), as: .anonymous)
                #expect(await eventually { server.stats.serving.queued == [1, 1, 1] })
                _ = try await (busy.value, statistics, read, ingest)
                #expect(Array(fixture.began.all.dropFirst(began)) == ["ingest", "ingest", "read", "statistics"])
            }
        }

        @Test func `statistics never take every place`() async throws {
            try await withBuses { fixture in
                let server = try fixture.server {
                    $0.limits.servedInFlight = 4
                    $0.limits.queueWaitMS = 10_000
                }
                let asker = try fixture.asker()
                try await warmUp(asker, server)
                let slow = (0..<4).map { _ in
                    Task { try await asker.ask(StatisticsProbe(sleepMS: 1500), as: .anonymous) }
                }
                #expect(await eventually { server.stats.serving.queued[2] == 2 })
                #expect(server.stats.serving.inFlight == 2)
                let start = ContinuousClock.now
                _ = try await asker.ask(IngestProbe(), as: .anonymous)
                #expect(ContinuousClock.now - start < .milliseconds(1000))
                for task in slow { _ = try await task.value }
            }
        }

        @Test func `what nobody waits for any more is not begun`() async throws {
            try await withBuses { fixture in
                let server = try fixture.server {
                    $0.limits.servedInFlight = 1
                    $0.limits.queueWaitMS = 10_000
                }
                let asker = try fixture.asker()
                try await warmUp(asker, server)
                let busy = Task { try await asker.ask(IngestProbe(sleepMS: 1000), as: .anonymous) }
                #expect(await eventually { server.stats.serving.inFlight == 1 })
                let fault = await failure { try await asker.ask(IngestProbe(), as: .anonymous, within: 100) }
                #expect(fault?.kind == .deadlinePassed)
                _ = try await busy.value
                #expect(await eventually { server.stats.serving.expired == 1 })
                #expect(server.stats.serving.answered == 2)
            }
        }

        /// Connects, and waits until the counts stand still again.
        private func warmUp(_ asker: ZeroMQBus, _ server: ZeroMQBus) async throws {
            _ = try await asker.ask(Probe(), as: .anonymous)
            let isQuiet = await eventually {
                server.stats.serving.answered == 1 && server.stats.serving.inFlight == 0
            }
            #expect(isQuiet)
        }
    }
}
