/// The logarithmic buckets in which latencies are counted, so that percentiles can be added, taken away and compared
/// exactly and are still off by less than 1 %.
///
/// A value below 128 µs is its own bucket. Above, each doubling of the value is cut into 64 buckets of equal width:
/// with `e = ⌊log₂ v⌋ − 6` the bucket is `64·e + ⌊v / 2ᵉ⌋`. The numbers have no gap and grow with the value. The same in
/// SQL, exact for every `bigint`:
///
///     CASE WHEN v < 128 THEN greatest(v, 0)
///          ELSE 64 * (58 - position(B'1' IN v::bit(64))) + (v >> (58 - position(B'1' IN v::bit(64)))) END
package enum LatencyBucket {
    /// The bucket of the largest value there is.
    package static let last = 3711

    /// - Parameter micros: microseconds; less than zero counts as zero.
    package static func number(ofMicros micros: Int) -> Int {
        guard micros >= 128 else { return max(0, micros) }
        let exponent = Int.bitWidth - 1 - micros.leadingZeroBitCount - 6
        return 64 * exponent + (micros >> exponent)
    }

    /// The middle of a bucket: no value in it differs from this by more than 1 in 128.
    /// - Parameter bucket: 0…`last`.
    /// - Returns: microseconds.
    package static func middleMicros(of bucket: Int) -> Int {
        precondition((0...last).contains(bucket), "\(bucket) is no latency bucket")
        guard bucket >= 128 else { return bucket }
        let exponent = bucket / 64 - 1
        return ((64 + bucket % 64) << exponent) + (1 << (exponent - 1))
    }
}
