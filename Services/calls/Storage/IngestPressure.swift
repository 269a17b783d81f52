import Bus

/// How many calls come in at once, told by the sizes of the last batches: what waits at one moment says little, since a
/// batch takes all of it with it.
struct IngestPressure {
    /// Batches of so many calls mean pressure.
    static let highMean = 16.0
    /// The share of the newest batch in the mean.
    private static let share = 0.125
    /// After so long without a batch there is none.
    private static let memoryNanoseconds: UInt64 = 100_000_000

    private var mean = 0.0
    private var notedAt: UInt64 = 0
    private let clock: @Sendable () -> UInt64

    init(clock: @escaping @Sendable () -> UInt64 = monotonicNanoseconds) {
        self.clock = clock
    }

    mutating func note(_ batchSize: Int) {
        let now = clock()
        if now &- notedAt > Self.memoryNanoseconds { mean = 0 }
        mean += (Double(batchSize) - mean) * Self.share
        notedAt = now
    }

    var isHigh: Bool { mean >= Self.highMean && clock() &- notedAt <= Self.memoryNanoseconds }
}
