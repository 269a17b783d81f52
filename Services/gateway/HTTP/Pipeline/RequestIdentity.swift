import Bus
import Contracts
import Hummingbird

/// The id and the trace of a request: the caller's own where they are well formed, else new ones.
struct RequestIdentity: Sendable {
    let requestID: String
    /// W3C `traceparent` for those that the gateway asks.
    let traceparent: String

    init(requestID given: String?, traceparent parent: String?) {
        let random = RandomStock.shared.five()
        requestID =
            given.flatMap { Self.isGood($0) ? $0 : nil }
            ?? String(unsafeUninitializedCapacity: 32) { text in
                Self.write(random.0, to: text, at: 0)
                Self.write(random.1, to: text, at: 16)
                return 32
            }
        traceparent = Self.next(after: parent.flatMap { Self.isTrace($0) ? $0 : nil }, random)
    }

    init(_ headers: HTTPFields) {
        self.init(requestID: headers.first(.requestID), traceparent: headers.first(.traceparent))
    }

    var traceID: String {
        let start = traceparent.utf8.index(traceparent.startIndex, offsetBy: 3)
        return String(traceparent[start..<traceparent.utf8.index(start, offsetBy: 32)])
    }

    /// `00-<trace>-<a span of the gateway's own>-<flags>`.
    private static func next(after parent: String?, _ random: (UInt64, UInt64, UInt64, UInt64, UInt64)) -> String {
        String(unsafeUninitializedCapacity: 55) { text in
            for (index, byte) in "00-                                -                -01".utf8.enumerated() {
                text[index] = byte
            }
            write(random.2, to: text, at: 3)
            write(random.3 | 1, to: text, at: 19)
            if let parent {
                for (index, byte) in parent.utf8.enumerated() where index < 36 || index > 52 { text[index] = byte }
            }
            write(random.4 | 1, to: text, at: 36)
            return 55
        }
    }

    private static func write(_ number: UInt64, to text: UnsafeMutableBufferPointer<UInt8>, at start: Int) {
        for position in 0..<16 {
            let digit = UInt8(truncatingIfNeeded: number >> UInt64(60 - 4 * position)) & 15
            text[start + position] = digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10
        }
    }

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
        guard text.utf8.count == 55 else { return false }
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 4, parts[0] == "00", parts[1].utf8.count == 32, parts[2].utf8.count == 16 else {
            return false
        }
        let isHex = parts.allSatisfy { part in
            part.utf8.allSatisfy { hexValue($0) != nil && !(0x41...0x46).contains($0) }
        }
        return isHex && parts[1].contains { $0 != "0" } && parts[2].contains { $0 != "0" }
    }
}
