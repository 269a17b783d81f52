import Bus
import NIOConcurrencyHelpers

/// How far a workspace's feed goes, as far as is known, and who is to be woken when it goes further.
final class LiveNews: Sendable {
    private struct State {
        var latest = 0
        var isStopped = false
        var end: (@Sendable () -> Void)?
    }

    let wake = WakeUp()
    private let state = NIOLockedValueBox(State())

    var latest: Int { state.withLockedValue { $0.latest } }

    /// Runs a closure when there is nobody left to hear news, at once if that is so already.
    func whenStopped(_ end: @escaping @Sendable () -> Void) {
        let isStopped = state.withLockedValue { state in
            state.end = end
            return state.isStopped
        }
        if isStopped { end() }
    }

    func note(_ number: Int) {
        let isNews = state.withLockedValue { state in
            guard number > state.latest else { return false }
            state.latest = number
            return true
        }
        if isNews { wake.signal() }
    }

    /// What was heard of before was wrong.
    func set(_ number: Int) {
        state.withLockedValue { $0.latest = number }
    }

    func stop() {
        let end = state.withLockedValue { state -> (@Sendable () -> Void)? in
            state.isStopped = true
            return state.end
        }
        end?()
        wake.signal()
    }
}

/// The last frames of a workspace without a gap, of bounded size, for those who were away for a moment.
struct RecentFrames: Sendable {
    private var frames: [NumberedFrame] = []
    private var bytes = 0
    /// The number that the first kept entry has, or the next one will have.
    private var first: Int?
    private(set) var last = 0
    private let limits: LiveLimits

    init(_ limits: LiveLimits, after number: Int? = nil) {
        self.limits = limits
        first = number.map { $0 + 1 }
        last = number ?? 0
    }

    /// Nil when they do not reach back so far.
    func frames(after number: Int) -> [NumberedFrame]? {
        guard let first, first <= number + 1, number < last else { return nil }
        return Array(frames.drop { $0.number <= number })
    }

    /// Entries without a frame count as told: they are gone.
    mutating func append(_ added: [NumberedFrame], from start: Int, through end: Int) {
        if first == nil || last + 1 != start { (frames, bytes, first) = ([], 0, start) }
        frames += added
        bytes += added.reduce(0) { $0 + $1.bytes.readableBytes }
        last = end
        var dropped = 0
        while frames.count - dropped > limits.recentFrames || (bytes > limits.recentBytes && dropped < frames.count) {
            bytes -= frames[dropped].bytes.readableBytes
            first = frames[dropped].number + 1
            dropped += 1
        }
        frames.removeFirst(dropped)
    }

    mutating func prepend(_ added: [NumberedFrame], from start: Int, through end: Int) {
        let size = added.reduce(0) { $0 + $1.bytes.readableBytes }
        guard let first, end + 1 >= first, start < first, frames.count + added.count <= limits.recentFrames,
            bytes + size <= limits.recentBytes
        else { return }
        let older = added.filter { $0.number < first }
        frames = older + frames
        bytes += older.reduce(0) { $0 + $1.bytes.readableBytes }
        self.first = start
        last = max(last, first - 1)
    }
}
