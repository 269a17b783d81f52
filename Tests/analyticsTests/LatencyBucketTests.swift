import Contracts
import Testing

@testable import analytics

@Suite struct `A latency bucket` {
    /// All small values, and around each power of two and random places between them.
    private static let values: [Int] = {
        var generator = SeededGenerator(seed: 7)
        var values = Array(0...5000)
        for exponent in 7..<63 {
            let power = 1 << exponent
            values += [power - 1, power, power + 1]
            values += (0..<50).map { _ in Int.random(in: power...(power - 1 + power), using: &generator) }
        }
        return values.sorted() + [.max]
    }()

    @Test func `grows with the value and has no gap before it`() {
        var last = (value: -1, bucket: -1)
        for value in Self.values {
            let bucket = LatencyBucket.number(ofMicros: value)
            #expect(bucket >= last.bucket)
            if value == last.value + 1 { #expect(bucket <= last.bucket + 1) }
            last = (value, bucket)
        }
        #expect(last.bucket == LatencyBucket.last)
    }

    @Test func `has a middle that is less than one percent off`() {
        for value in Self.values {
            let middle = LatencyBucket.middleMicros(of: LatencyBucket.number(ofMicros: value))
            #expect(Double(abs(middle - value)) <= Double(value) * 0.01)
        }
    }

    @Test func `holds its own middle`() {
        for bucket in 0...LatencyBucket.last {
            #expect(LatencyBucket.number(ofMicros: LatencyBucket.middleMicros(of: bucket)) == bucket)
        }
    }

    @Test func `takes less than nothing for nothing`() {
        #expect(LatencyBucket.number(ofMicros: -5) == 0)
        #expect(LatencyBucket.number(ofMicros: .min) == 0)
    }
}

@Suite struct `Percentiles` {
    private func distribution(_ values: [Int]) -> LatencyDistribution {
        var counts: [Int: Int] = [:]
        for value in values { counts[LatencyBucket.number(ofMicros: value), default: 0] += 1 }
        return LatencyDistribution(counts.map { LatencyDistribution.Count(bucket: $0.key, count: $0.value) })
    }

    @Test func `are zero where nothing was measured`() {
        #expect(LatencyDistribution().percentiles == LatencyPercentiles())
    }

    @Test func `of one value are that value`() {
        #expect(distribution([100]).percentiles == LatencyPercentiles(p50Micros: 100, p95Micros: 100, p99Micros: 100))
    }

    @Test func `go by nearest rank`() {
        let percentiles = distribution(Array(1...100)).percentiles
        #expect(percentiles == LatencyPercentiles(p50Micros: 50, p95Micros: 95, p99Micros: 99))
    }

    @Test func `are within one percent of the exact ones`() {
        var generator = SeededGenerator(seed: 11)
        for count in [1, 2, 3, 10, 999, 5000] {
            let values = (0..<count).map { _ in Int.random(in: 0...30_000_000, using: &generator) }.sorted()
            let distribution = distribution(values)
            for percent in [50, 95, 99] {
                let exact = values[(count * percent + 99) / 100 - 1]
                #expect(Double(abs(distribution.micros(percent) - exact)) <= Double(exact) * 0.01)
            }
        }
    }
}
