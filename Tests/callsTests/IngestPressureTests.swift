import Synchronization
import Testing

@testable import calls

struct IngestPressureTests {
    private final class Clock: Sendable {
        let nanoseconds = Atomic<UInt64>(1_000_000_000)

        func pass(milliseconds: UInt64) {
            nanoseconds.add(milliseconds * 1_000_000, ordering: .relaxed)
        }
    }

    private let clock = Clock()

    private func pressure() -> IngestPressure {
        IngestPressure(clock: { [clock] in clock.nanoseconds.load(ordering: .relaxed) })
    }

    @Test(arguments: [1, 8, 256])
    func `comes with many calls, whatever the size of their batches`(size: Int) {
        var pressure = pressure()
        let begin = pressure.isHigh()
        #expect(!begin)
        // 4000 calls a second.
        for _ in 0..<(800 / size) {
            pressure.note(size)
            clock.nanoseconds.add(UInt64(size) * 250_000, ordering: .relaxed)
        }
        let end = pressure.isHigh()
        #expect(end)
    }

    @Test func `does not come with an import of twenty calls ten times a second`() {
        var pressure = pressure()
        for _ in 0..<100 {
            pressure.note(20)
            clock.pass(milliseconds: 100)
            let isHigh = pressure.isHigh()
            #expect(!isHigh)
        }
    }

    @Test func `ends when nothing comes any more`() {
        var pressure = pressure()
        pressure.note(1000)
        let during = pressure.isHigh()
        clock.pass(milliseconds: 200)
        let after = pressure.isHigh()
        #expect(during && !after)
    }
}
