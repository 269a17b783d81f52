import Bus
import Contracts
import Foundation
import NIOConcurrencyHelpers

/// Counts requests and bytes per minute and credential or address, in token buckets, for this process alone.
///
/// A bucket that was not touched for a minute is full again, so that forgetting it changes nothing: buckets are kept in
/// two generations of a minute each.
package final class RateLimiter: Sendable {
    package enum Key: Hashable, Sendable {
        case person(UUID)
        case apiKey(UUID)
        case address(NetworkAddress)
        case signIn(NetworkAddress)
        case personUploads(UUID)
        case apiKeyUploads(UUID)
        case addressUploads(NetworkAddress)
    }

    /// What an answer's headers say of its limit.
    package struct Standing: Sendable, Equatable {
        /// Per minute; 0 where the limit is off.
        package var limit = 0
        package var remaining = 0
        /// When the bucket will be full again, in seconds since 1970.
        package var reset = 0
        /// After how many milliseconds one more is let through; nil when this one was.
        package var retryAfterMS: Int?

        package static let unlimited = Standing()
    }

    private struct Bucket {
        var tokens: Double
        var at: UInt64
    }

    private struct Shard {
        var young: [Key: Bucket] = [:]
        var old: [Key: Bucket] = [:]
        var turnedAt: UInt64 = 0
    }

    private static let minute: UInt64 = 60_000_000_000
    /// Buckets of one generation of a shard; more make the generations turn early.
    private static let shardLimit = 8192

    package let limits: RateLimits
    private let shards: [NIOLockedValueBox<Shard>]

    package init(_ limits: RateLimits) {
        self.limits = limits
        shards = (0..<16).map { _ in NIOLockedValueBox(Shard()) }
    }

    /// Per minute.
    package func limit(of key: Key) -> Int {
        switch key {
        case .person, .address: limits.general
        case .apiKey: limits.apiKeys
        case .signIn: limits.authentication
        case .personUploads, .addressUploads: limits.uploadBytes
        case .apiKeyUploads: limits.apiKeyUploadBytes
        }
    }

    /// Takes `cost` out of the bucket if it holds as much.
    package func admit(_ key: Key, cost: Int = 1, at now: UInt64 = monotonicNanoseconds()) -> Standing {
        change(key, at: now) { tokens in
            guard tokens >= Double(cost) else { return Double(cost) - tokens }
            tokens -= Double(cost)
            return nil
        }
    }

    /// Takes `cost` out of a bucket that holds anything at all, below zero if need be.
    package func admitUpload(_ key: Key, bytes: Int, at now: UInt64 = monotonicNanoseconds()) -> Standing {
        change(key, at: now) { tokens in
            guard tokens > 0 else { return 1 - tokens }
            tokens -= Double(bytes)
            return nil
        }
    }

    /// Takes what has turned out to have come, whatever the bucket holds.
    package func debitUpload(_ key: Key, bytes: Int, at now: UInt64 = monotonicNanoseconds()) {
        _ = change(key, at: now) { tokens in
            tokens -= Double(bytes)
            return nil
        }
    }

    /// Looks without taking; `retryAfterMS` is set when not even one would be let through.
    package func peek(_ key: Key, at now: UInt64 = monotonicNanoseconds()) -> Standing {
        change(key, at: now) { tokens in tokens >= 1 ? nil : 1 - tokens }
    }

    /// How many buckets are kept.
    package var bucketCount: Int {
        shards.reduce(0) { sum, shard in sum + shard.withLockedValue { $0.young.count + $0.old.count } }
    }

    /// - Parameter take: changes the tokens, or answers how many are missing.
    private func change(_ key: Key, at now: UInt64, _ take: (inout Double) -> Double?) -> Standing {
        let limit = limit(of: key)
        guard limit > 0 else { return .unlimited }
        let perNanosecond = Double(limit) / Double(Self.minute)
        return shards[key.hashValue & 15].withLockedValue { shard in
            turn(&shard, at: now)
            var bucket = shard.young[key] ?? shard.old[key] ?? Bucket(tokens: Double(limit), at: now)
            let elapsed = now > bucket.at ? now - bucket.at : 0
            bucket.tokens = min(Double(limit), bucket.tokens + Double(elapsed) * perNanosecond)
            bucket.at = max(now, bucket.at)
            let missing = take(&bucket.tokens)
            shard.young[key] = bucket
            let secondsToFull = (Double(limit) - bucket.tokens) / Double(limit) * 60
            return Standing(
                limit: limit, remaining: max(0, Int(bucket.tokens)),
                reset: Int((Double(Timestamp.now().microseconds) / 1e6 + secondsToFull).rounded(.up)),
                retryAfterMS: missing.map { max(1, Int(($0 / perNanosecond / 1e6).rounded(.up))) })
        }
    }

    private func turn(_ shard: inout Shard, at now: UInt64) {
        let isDue = now > shard.turnedAt && now - shard.turnedAt > Self.minute
        guard isDue || shard.young.count >= Self.shardLimit else { return }
        shard.old = shard.young
        shard.young = [:]
        shard.turnedAt = now
    }
}
