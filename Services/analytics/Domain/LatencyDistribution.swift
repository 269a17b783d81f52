import Contracts

/// How many latencies fell into each bucket.
struct LatencyDistribution: Sendable, Equatable {
    struct Count: Sendable, Equatable {
        var bucket: Int
        var count: Int
    }

    private let counts: [Count]
    private let total: Int

    init(_ counts: [Count] = []) {
        self.counts = counts.filter { $0.count > 0 }.sorted { $0.bucket < $1.bucket }
        total = self.counts.reduce(0) { $0 + $1.count }
    }

    /// By nearest rank, in the middle of the bucket that has it.
    var percentiles: LatencyPercentiles {
        LatencyPercentiles(p50Micros: micros(50), p95Micros: micros(95), p99Micros: micros(99))
    }

    /// - Parameter percent: 1…100.
    /// - Returns: microseconds; 0 when nothing was measured.
    func micros(_ percent: Int) -> Int {
        let rank = (total * percent + 99) / 100
        var seen = 0
        for entry in counts {
            seen += entry.count
            if seen >= rank { return LatencyBucket.middleMicros(of: entry.bucket) }
        }
        return 0
    }
}
