import Foundation
import NIOConcurrencyHelpers

/// Random numbers of the system, fetched many at a time, since each fetch costs a system call.
final class RandomStock: Sendable {
    static let shared = RandomStock()

    private static let size = 512

    private struct State {
        var numbers: [UInt64] = []
        var generator = SystemRandomNumberGenerator()
    }

    private let state = NIOLockedValueBox(State())

    /// Five numbers that nobody else gets.
    func five() -> (UInt64, UInt64, UInt64, UInt64, UInt64) {
        state.withLockedValue { state in
            if state.numbers.count < 5 { Self.fill(&state) }
            return (
                state.numbers.removeLast(), state.numbers.removeLast(), state.numbers.removeLast(),
                state.numbers.removeLast(), state.numbers.removeLast()
            )
        }
    }

    private static func fill(_ state: inout State) {
        var numbers = [UInt64](repeating: 0, count: size)
        let filled = numbers.withUnsafeMutableBytes { getentropyInParts($0) }
        state.numbers = filled ? numbers : (0..<size).map { _ in state.generator.next() }
    }

    /// The system gives at most 256 bytes at a time.
    private static func getentropyInParts(_ bytes: UnsafeMutableRawBufferPointer) -> Bool {
        stride(from: 0, to: bytes.count, by: 256).allSatisfy { start in
            getentropy(bytes.baseAddress! + start, min(256, bytes.count - start)) == 0
        }
    }
}
