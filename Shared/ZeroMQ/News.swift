import Bus

/// Who hears a subject.
struct NoticeListener: Sendable {
    let subject: String
    let missed: @Sendable () -> Void
    /// False when the bytes from the offset on are no such notice.
    let hear: @Sendable ([UInt8], Int) -> Bool
}

/// What the tasks that publish and the thread that owns the news sockets share, behind one lock.
struct NewsState {
    var notices: [(topic: String, frame: [UInt8])] = []
    var endpoints: [(owner: Int, endpoints: [String])] = []
    /// By the index of the owner.
    var liveEndpoints: [Set<String>] = []
    var isOpen = false
    var isStopped = false
    var stats = BusStats.News()
}

/// The publishing and hearing half of the bus as tasks see it.
final class News: Sendable {
    let state = Locked(NewsState())
    let wake = Wake()
    private let limit: Int
    private let isPublisher: Bool

    /// - Parameter limit: how many notices may wait for the thread.
    init(limit: Int, isPublisher: Bool) {
        self.limit = limit
        self.isPublisher = isPublisher
    }

    func publish(_ notice: some BusNotice, to subject: Subject) {
        let frame = isPublisher ? NoticeFrame.encode(notice) : []
        let isQueued = state.withLock { state in
            guard isPublisher, state.isOpen, state.notices.count < limit else {
                state.stats.dropped += 1
                return false
            }
            state.notices.append((subject.name, frame))
            return true
        }
        if isQueued { wake.signal() }
    }

    func adopt(_ endpoints: [String], of owner: Int) {
        state.withLock { $0.endpoints.append((owner, endpoints)) }
        wake.signal()
    }

    func stop() {
        state.withLock { $0.isStopped = true }
        wake.signal()
    }
}

/// A notice as it stands on the wire, behind a part that holds its subject: version, kind, the notice to the end.
enum NoticeFrame {
    static let header = 2

    static func encode(_ notice: some BusMessage) -> [UInt8] {
        var writer = MessageWriter()
        writer.write(WireVersion.current)
        writer.write(WireKind.notice.rawValue)
        notice.write(to: &writer)
        return writer.bytes
    }

    static func isNotice(_ frame: [UInt8]) -> Bool {
        frame.count >= header && frame[0] == WireVersion.current && frame[1] == WireKind.notice.rawValue
    }

    /// A subject that nobody announces. A listener asks for one of its own; hearing it means that everything it asked
    /// for before is in force: publishers repeat such a request to whoever made it.
    static let greeting: UInt8 = UInt8(ascii: "~")
}
