import Bus

/// How many calls come in just now, told by those of the last tenths of a second.
struct IngestPressure {
    /// So many within one to two tenths of a second are many.
    static let high = 200
    private static let windowNanoseconds: UInt64 = 100_000_000

    private var window: UInt64 = 0
    private var current = 0
    private var previous = 0
    private let clock: @Sendable () -> UInt64

    init(clock: @escaping @Sendable () -> UInt64 = monotonicNanoseconds) {
        self.clock = clock
    }

    mutating func note(_ calls: Int) {
        move()
        current += calls
    }

    mutating func isHigh() -> Bool {
        move()
        return current + previous >= Self.high
    }

    private mutating func move() {
        let now = clock() / Self.windowNanoseconds
        guard now != window else { return }
        previous = now == window + 1 ? current : 0
        current = 0
        window = now
    }
}
