import Foundation
import TestSupport
import Testing

/// Asks again and again until it is so.
/// - Returns: how long it took.
@discardableResult
func eventually(
    within patience: Duration, _ what: String, every pause: Duration = .milliseconds(20),
    _ isSo: () async throws -> Bool
) async throws -> Duration {
    let start = ContinuousClock.now
    while true {
        if try await isSo() { return ContinuousClock.now - start }
        guard ContinuousClock.now - start < patience else { throw APIFailure("not within \(patience): \(what)") }
        try await Task.sleep(for: pause)
    }
}

enum Hex {
    static func random(bytes count: Int) -> String {
        (0..<count).map { _ in String(format: "%02x", UInt8.random(in: 0...255)) }.joined()
    }
}

/// Phone numbers that no other test uses.
enum Phones {
    static func next() -> String { "+1-555-\(Int.random(in: 1_000_000_000...9_999_999_999))" }
}

func newUUID() -> String { UUID().uuidString.lowercased() }
