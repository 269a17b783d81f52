import Foundation
import TestSupport
import Testing

/// Asks again and again until it is so.
/// - Parameter patience: what is promised on a machine of one's own; one that is busy with other things is given ten times
///   as long.
/// - Returns: how long it took.
@discardableResult
func eventually(
    within patience: Duration, _ what: String, every pause: Duration = .milliseconds(20),
    _ isSo: () async throws -> Bool
) async throws -> Duration {
    let start = ContinuousClock.now
    let patience = machineIsBusy ? patience * 10 : patience
    while true {
        if try await isSo() { return ContinuousClock.now - start }
        guard ContinuousClock.now - start < patience else { throw APIFailure("not within \(patience): \(what)") }
        try await Task.sleep(for: pause)
    }
}

/// Whether more wants to run than there are processors for, these tests' own processes included.
private var machineIsBusy: Bool {
    var load: [Double] = [0]
    return getloadavg(&load, 1) == 1 && load[0] > 1.5 * Double(ProcessInfo.processInfo.activeProcessorCount)
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
