import Bus
import Hummingbird

/// The id and the trace of a request: the caller's own where they are well formed, else new ones.
struct RequestIdentity: Sendable {
    let requestID: String
    /// W3C `traceparent` for those that the gateway asks.
    let traceparent: String

    init(_ headers: HTTPFields) {
        var generator = SystemRandomNumberGenerator()
        let given = headers[.requestID]
        requestID = given.flatMap { Self.isGood($0) ? $0 : nil } ?? Self.hex(generator.next(), generator.next())
        let parent = headers[.traceparent].flatMap { Self.isTrace($0) ? $0 : nil }
        let span = Self.hex(generator.next() | 1)
        if let parent {
            traceparent = "00-\(parent.dropFirst(3).prefix(32))-\(span)-\(parent.suffix(2))"
        } else {
            traceparent = "00-\(Self.hex(generator.next(), generator.next() | 1))-\(span)-01"
        }
    }

    var traceID: Substring { traceparent.dropFirst(3).prefix(32) }

    /// 8–64 of `[A-Za-z0-9._-]`.
    static func isGood(_ text: String) -> Bool {
        (8...64).contains(text.utf8.count)
            && text.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"):
                    true
                default: false
                }
            }
    }

    /// Version 00 of https://www.w3.org/TR/trace-context/, with ids that are not all zeros.
    static func isTrace(_ text: String) -> Bool {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 4, parts[0] == "00", parts[1].utf8.count == 32, parts[2].utf8.count == 16,
            parts[3].utf8.count == 2
        else { return false }
        let isHex = parts.allSatisfy { part in
            part.utf8.allSatisfy { hexValue($0) != nil && !(0x41...0x46).contains($0) }
        }
        return isHex && parts[1].contains { $0 != "0" } && parts[2].contains { $0 != "0" }
    }

    private static func hex(_ numbers: UInt64...) -> String {
        String(unsafeUninitializedCapacity: numbers.count * 16) { text in
            var position = 0
            for number in numbers {
                for shift in stride(from: 60, through: 0, by: -4) {
                    let digit = UInt8(truncatingIfNeeded: number >> UInt64(shift)) & 15
                    text[position] = digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10
                    position += 1
                }
            }
            return position
        }
    }
}
