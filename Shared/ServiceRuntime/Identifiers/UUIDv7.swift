import NIOConcurrencyHelpers

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif
#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Identifiers that sort by the time of their making (RFC 9562, version 7).
package enum UUIDv7 {
    private static let sequence = NIOLockedValueBox(UUIDv7Sequence())

    /// A new identifier: greater than every one that this process made before, even when the clock steps back;
    /// 62 bits or more of it are random.
    package static func make() -> UUID {
        let now = milliseconds()
        return sequence.withLockedValue { $0.next(at: now) }
    }

    private static func milliseconds() -> UInt64 {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return UInt64(max(0, time.tv_sec)) * 1000 + UInt64(time.tv_nsec / 1_000_000)
    }
}

/// The last identifier made, and random bits in stock, since fetching them one by one costs a system call each.
struct UUIDv7Sequence {
    private var lastMilliseconds: UInt64 = 0
    /// 12 bits: above `low` in order.
    private var high: UInt64 = 0
    /// 62 bits.
    private var low: UInt64 = 0
    private var stock: [UInt64] = []

    /// Within one millisecond the last identifier's random part grows by a random step, so that the next one cannot
    /// be guessed; a full part borrows from the next millisecond.
    mutating func next(at milliseconds: UInt64) -> UUID {
        if milliseconds > lastMilliseconds {
            lastMilliseconds = milliseconds
            high = random() >> 53  // 11 of 12 bits: leaves room to grow
            low = random() >> 2
        } else {
            low += (random() >> 24) + 1  // a step of up to 40 bits
            if low >> 62 != 0 {
                low &= 1 << 62 - 1
                high += 1
            }
            if high >> 12 != 0 {
                high = random() >> 53
                lastMilliseconds += 1
            }
        }
        let first = lastMilliseconds << 16 | 0x7000 | high
        let second = 1 << 63 | low
        return UUID(uuid: Self.bytes(first, second))
    }

    private mutating func random() -> UInt64 {
        if stock.isEmpty { refill() }
        return stock.removeLast()
    }

    /// One system call for 32 numbers.
    private mutating func refill() {
        stock = Array(repeating: 0, count: 32)
        let status = stock.withUnsafeMutableBytes { getentropy($0.baseAddress, $0.count) }
        guard status == 0 else {
            var generator = SystemRandomNumberGenerator()
            stock = stock.map { _ in generator.next() }
            return
        }
    }

    private static func bytes(_ first: UInt64, _ second: UInt64) -> uuid_t {
        unsafeBitCast((first.bigEndian, second.bigEndian), to: uuid_t.self)
    }
}
