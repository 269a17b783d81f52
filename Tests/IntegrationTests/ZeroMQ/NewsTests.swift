import Bus
import Foundation
import Testing
import ZeroMQ

extension ZeroMQBusTests {
    @Suite struct NewsTests {
        @Test func `a listener hears what is published after it was told that it may have missed something`()
            async throws
        {
            try await withBuses { fixture in
                let publisher = try fixture.server()
                let heard = Collected<Int>(), missed = Collected<Bool>()
                _ = try fixture.listener(missed: { missed.append(true) }, hear: { heard.append($0.number) })
                #expect(await eventually { missed.count == 1 })
                for number in 1...1000 { publisher.publish(ProbeNews(number: number)) }
                #expect(await eventually { heard.count == 1000 })
                #expect(heard.all == Array(1...1000))
                #expect(missed.count == 1)
                #expect(await eventually { publisher.stats.news.published == 1000 })
            }
        }

        @Test func `a listener is told again after its publisher was restarted`() async throws {
            try await withBuses { fixture in
                let first = try fixture.server()
                let heard = Collected<Int>(), missed = Collected<Bool>()
                _ = try fixture.listener(missed: { missed.append(true) }, hear: { heard.append($0.number) })
                #expect(await eventually { missed.count == 1 })
                await first.close()
                let second = try fixture.server()
                #expect(await eventually { missed.count == 2 })
                second.publish(ProbeNews(number: 7))
                #expect(await eventually { heard.all == [7] })
            }
        }

        @Test func `every process of an owner is heard`() async throws {
            try await withBuses { fixture in
                let publishers = try (1...3).map { try fixture.server("\($0)") }
                let heard = Collected<Int>(), missed = Collected<Bool>()
                _ = try fixture.listener(missed: { missed.append(true) }, hear: { heard.append($0.number) })
                #expect(await eventually { missed.count == 3 })
                for (number, publisher) in publishers.enumerated() { publisher.publish(ProbeNews(number: number)) }
                #expect(await eventually { heard.all.sorted() == [0, 1, 2] })
            }
        }

        @Test func `publishing never waits for a listener that does not read`() async throws {
            try await withBuses { fixture in
                let publisher = try fixture.server { $0.limits.noticesQueued = 1000 }
                let missed = Collected<Bool>()
                _ = try fixture.listener(missed: { missed.append(true) }, hear: { _ in usleep(1000) })
                #expect(await eventually { missed.count == 1 })
                let start = ContinuousClock.now
                for number in 0..<100_000 { publisher.publish(ProbeNews(number: number)) }
                #expect(ContinuousClock.now - start < .seconds(3))
            }
        }
    }
}

extension BusFixture {
    /// A process that hears probes' news.
    func listener(
        missed: @escaping @Sendable () -> Void, hear: @escaping @Sendable (ProbeNews) -> Void
    ) throws -> ZeroMQBus {
        let bus = ZeroMQBus(
            ZeroMQBusConfiguration(service: "gateway", owners: ["probe": owner]), logger: BusFixture.quiet)
        bus.subscribe(to: ProbeNews.self, missed: missed, hear)
        return try start(bus)
    }
}
