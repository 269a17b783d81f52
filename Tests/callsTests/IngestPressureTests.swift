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

    @Test func comesWithLargeBatches() {
        var pressure = pressure()
        #expect(!pressure.isHigh)
        for _ in 0..<40 {
            pressure.note(30)
            clock.pass(milliseconds: 3)
        }
        #expect(pressure.isHigh)
    }

    @Test func doesNotComeWithSingleCalls() {
        var pressure = pressure()
        for _ in 0..<1000 {
            pressure.note(2)
            clock.pass(milliseconds: 1)
        }
        #expect(!pressure.isHigh)
    }

    @Test func oneImportAmongSingleCallsIsSoonForgotten() {
        var pressure = pressure()
        pressure.note(256)
        for _ in 0..<30 {
            pressure.note(1)
            clock.pass(milliseconds: 1)
        }
        #expect(!pressure.isHigh)
    }

    @Test func endsWhenNothingComesAnyMore() {
        var pressure = pressure()
        for _ in 0..<100 { pressure.note(256) }
        #expect(pressure.isHigh)
        clock.pass(milliseconds: 101)
        #expect(!pressure.isHigh)
        // The next call finds the past forgotten.
        pressure.note(1)
        #expect(!pressure.isHigh)
    }
}
