import Synchronization

/// Says that the process stops, and cuts pauses short then.
final class StopSign: Sendable {
    private static let stepMS = 200
    private let raised = Atomic<Bool>(false)

    var isUp: Bool { raised.load(ordering: .relaxed) }

    func raise() {
        raised.store(true, ordering: .relaxed)
    }

    /// - Returns: whether the whole pause has passed.
    func sleep(milliseconds: Int) async -> Bool {
        var left = milliseconds
        while left > 0 {
            guard !isUp, (try? await Task.sleep(for: .milliseconds(min(left, Self.stepMS)))) != nil else {
                return false
            }
            left -= Self.stepMS
        }
        return !isUp
    }
}
