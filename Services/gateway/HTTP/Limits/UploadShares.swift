import Bus
import Contracts
import Synchronization

/// Lets each credential stream so many bodies at a time, so that one slow sender cannot hold every place.
final class UploadShares: Sendable {
    private let limit: Int
    private let running = Mutex<[RateLimiter.Key: Int]>([:])

    init(limit: Int) {
        self.limit = limit
    }

    /// - Throws: `.rateLimited`; then `leave` must not be called.
    func enter(_ key: RateLimiter.Key) throws {
        let isIn = running.withLock { running in
            guard running[key, default: 0] < limit else { return false }
            running[key, default: 0] += 1
            return true
        }
        if !isIn { throw Fault(.rateLimited, retryAfterMS: 1000) }
    }

    func leave(_ key: RateLimiter.Key) {
        running.withLock { running in
            let left = (running[key] ?? 1) - 1
            running[key] = left > 0 ? left : nil
        }
    }
}
