import Bus
import Logging

/// The thread that owns the publishing socket and a subscribing one for each publisher.
final class NewsLoop: @unchecked Sendable {
    private let news: News
    private let publisher: (socket: Socket, binding: Binding)?
    private let parts: ConnectionParts
    private let listeners: [[NoticeListener]]
    private let owners: [String]
    private let logger: Logger
    private let greeting: String
    private var connections: [[Connection]]
    private var poller: Poller
    private var counts = BusStats.News()
    private var connectionsMade = 0
    private var binding: Binding?

    /// - Parameters:
    ///   - owners: whom to hear, and `listeners` what of each.
    ///   - publisher: the bound socket, if this process publishes.
    init(
        news: News, publisher: (socket: Socket, binding: Binding)?, parts: ConnectionParts, owners: [String],
        listeners: [[NoticeListener]], logger: Logger
    ) {
        self.news = news
        self.publisher = publisher
        self.parts = parts
        self.owners = owners
        self.listeners = listeners
        self.logger = logger
        connections = owners.map { _ in [] }
        greeting = "~" + String(UInt64.random(in: .min ... .max), radix: 36)
        poller = Poller(wake: news.wake)
        binding = publisher?.binding
        news.state.withLock { $0.liveEndpoints = owners.map { _ in [] } }
    }

    /// Runs until told to stop, then closes its sockets.
    func run() {
        watchAll()
        var isBusy = true
        var notices: [(topic: String, frame: [UInt8])] = []
        while true {
            let idle: () -> Bool = {
                self.news.state.withLock { $0.notices.isEmpty && $0.endpoints.isEmpty && !$0.isStopped }
            }
            poller.poll(timeoutMS: isBusy ? 0 : Int32(clamping: binding?.checkEveryMS ?? -1), isIdle: idle)
            guard exchange(taking: &notices) else { break }
            for notice in notices { publish(notice.topic, notice.frame) }
            notices.removeAll(keepingCapacity: true)
            answerGreetings()
            isBusy = hear()
            if let publisher { binding?.check(publisher.socket, logger) }
        }
        binding?.release()
        publisher?.socket.close()
        for connection in connections.joined() { connection.close() }
    }

    /// False to stop, once everything that was published before is sent.
    private func exchange(taking notices: inout [(topic: String, frame: [UInt8])]) -> Bool {
        var adopted: [(owner: Int, endpoints: [String])] = []
        let isStopped = news.state.withLock { state in
            swap(&state.notices, &notices)
            swap(&state.endpoints, &adopted)
            state.stats.add(counts)
            state.stats.live = connections.joined().count(where: \.isLive)
            return state.isStopped
        }
        counts = BusStats.News()
        for item in adopted { adopt(item.endpoints, of: item.owner) }
        if isStopped { for notice in notices { publish(notice.topic, notice.frame) } }
        return !isStopped
    }

    // MARK: Publishing

    private func publish(_ topic: String, _ frame: [UInt8]) {
        guard let socket = publisher?.socket else { return }
        var topic = topic
        guard case .sent = topic.withUTF8({ socket.send(UnsafeRawBufferPointer($0), more: true) }),
            case .sent = socket.send(frame)
        else { return counts.dropped += 1 }
        counts.published += 1
    }

    /// Reads what listeners ask for, and repeats greetings.
    private func answerGreetings() {
        guard let socket = publisher?.socket else { return }
        while let part = socket.receive() {
            let isGreeting =
                (3...64).contains(part.bytes.count) && part.bytes[0] == 1 && part.bytes[1] == NoticeFrame.greeting
            let topic = isGreeting ? [UInt8](part.bytes.dropFirst()) : []
            if part.hasMore { socket.skipParts() }
            if isGreeting, case .sent = socket.send(topic, more: true) { _ = socket.send(topic) }
        }
    }

    // MARK: Hearing

    private func adopt(_ endpoints: [String], of owner: Int) {
        for connection in connections[owner] where !connection.isLive && !endpoints.contains(connection.endpoint) {
            connection.close()
        }
        connections[owner].removeAll { !$0.isLive && !endpoints.contains($0.endpoint) }
        let known = Set(connections[owner].map(\.endpoint))
        for endpoint in endpoints where !known.contains(endpoint) {
            guard connections[owner].count < parts.limits.endpointsPerOwner else { break }
            connect(to: endpoint, of: owner)
        }
        watchAll()
    }

    private func connect(to endpoint: String, of owner: Int) {
        connectionsMade += 1
        var parts = parts
        parts.owner = owners[owner]
        parts.monitorName = "inproc://hearing-\(connectionsMade)"
        do {
            let connection = try Connection(.subscriber, to: endpoint, in: parts)
            connections[owner].append(connection)
            for listener in listeners[owner] { try connection.socket.subscribe(to: listener.subject) }
            try connection.socket.subscribe(to: greeting)
            try connection.connect()
        } catch {
            logger.error("cannot connect", metadata: ["endpoint": "\(endpoint)", "cause": "\(error)"])
        }
    }

    private func watchAll() {
        poller.watch(Array(connections.joined()))
        if let publisher { _ = poller.watch(publisher.socket.descriptor) }
    }

    /// Whether something may be left.
    private func hear() -> Bool {
        var isBusy = false
        for owner in owners.indices {
            for connection in connections[owner] {
                if poller.hasEvents(connection) { observe(connection, of: owner) }
                guard connection.needsReceiving || poller.isReady(connection) else { continue }
                connection.needsReceiving = hear(from: connection, of: owner)
                isBusy = isBusy || connection.needsReceiving
            }
        }
        return isBusy
    }

    private func observe(_ connection: Connection, of owner: Int) {
        while let change = connection.nextChange() {
            logger.debug(
                "publisher \(change == .connected ? "is live" : "is gone")",
                metadata: ["endpoint": "\(connection.endpoint)"])
        }
        let live = Set(connections[owner].filter(\.isLive).map(\.endpoint))
        news.state.withLock { $0.liveEndpoints[owner] = live }
    }

    private func hear(from connection: Connection, of owner: Int) -> Bool {
        for _ in 0..<256 {
            guard let part = connection.socket.receive() else { return false }
            let topic = String(decoding: part.bytes, as: UTF8.self)
            guard part.hasMore, let body = connection.socket.receive() else {
                counts.malformed += 1
                continue
            }
            let frame = [UInt8](body.bytes)
            if body.hasMore {
                connection.socket.skipParts()
                counts.malformed += 1
            } else if topic == greeting {
                counts.missed += 1
                for listener in listeners[owner] { listener.missed() }
            } else {
                deliver(frame, of: topic, to: listeners[owner])
            }
        }
        return true
    }

    private func deliver(_ frame: [UInt8], of topic: String, to listeners: [NoticeListener]) {
        guard NoticeFrame.isNotice(frame) else { return counts.malformed += 1 }
        for listener in listeners where listener.subject == topic {
            if listener.hear(frame, NoticeFrame.header) { counts.heard += 1 } else { counts.malformed += 1 }
        }
    }
}

extension BusStats.News {
    fileprivate mutating func add(_ counted: BusStats.News) {
        published += counted.published
        dropped += counted.dropped
        heard += counted.heard
        malformed += counted.malformed
        missed += counted.missed
    }
}
