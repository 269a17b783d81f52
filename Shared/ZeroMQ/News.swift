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

/// A notice as it stands on the wire, behind a part that holds its subject: version, kind, number, the notice to the
/// end. A publisher numbers the notices of a subject without gaps, so that a listener sees when it missed some.
enum NoticeFrame {
    static let number = 2
    static let header = 10

    /// With a number that is still to be set.
    static func encode(_ notice: some BusMessage) -> [UInt8] {
        var writer = MessageWriter()
        writer.write(WireVersion.current)
        writer.write(WireKind.notice.rawValue)
        writer.write(UInt64(0))
        notice.write(to: &writer)
        return writer.bytes
    }

    static func number(of frame: [UInt8]) -> UInt64? {
        guard frame.count >= header, frame[0] == WireVersion.current, frame[1] == WireKind.notice.rawValue else {
            return nil
        }
        return frame.withUnsafeBytes { UInt64(littleEndian: $0.loadUnaligned(fromByteOffset: number, as: UInt64.self)) }
    }

    static func setNumber(_ number: UInt64, of frame: inout [UInt8]) {
        withUnsafeBytes(of: number.littleEndian) {
            frame.replaceSubrange(NoticeFrame.number..<NoticeFrame.header, with: $0)
        }
    }
}

/// Subjects that nobody announces, for what publishers and listeners tell each other.
enum NewsTopic {
    /// A listener asks for one of its own, last; publishers repeat the request to whoever made it. Hearing it means that
    /// everything it asked for before is in force.
    static let greetingPrefix = UInt8(ascii: "~")
    /// Heard at each heartbeat of a publisher.
    static let pulse = "!"

    static func greeting() -> String { "~" + String(UInt64.random(in: .min ... .max), radix: 36) }
}
