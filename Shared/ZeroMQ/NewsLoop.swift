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
    /// Of the last notice that was published, by subject.
    private var numbers: [String: UInt64] = [:]
    /// Of the last notice that was heard, by connection and subject.
    private var heardNumbers: [ObjectIdentifier: [String: UInt64]] = [:]
    private var pulse: Pulse

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
        greeting = NewsTopic.greeting()
        pulse = Pulse(limits: parts.limits)
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
            poller.poll(timeoutMS: isBusy ? 0 : sleepMS(), isIdle: idle)
            guard exchange(taking: &notices) else { break }
            for notice in notices { publish(notice.topic, notice.frame) }
            notices.removeAll(keepingCapacity: true)
            answerGreetings()
            isBusy = hear()
            beat()
            if let publisher { binding?.check(publisher.socket, logger) }
            report()
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
            return state.isStopped
        }
        for item in adopted { adopt(item.endpoints, of: item.owner) }
        if isStopped { for notice in notices { publish(notice.topic, notice.frame) } }
        return !isStopped
    }

    private func report() {
        news.state.withLock { state in
            state.stats.add(counts)
            state.stats.live = connections.joined().count(where: \.isLive)
        }
        counts = BusStats.News()
    }

    // MARK: Publishing

    private func publish(_ topic: String, _ frame: [UInt8]) {
        guard let socket = publisher?.socket else { return }
        var topic = topic
        var frame = frame
        numbers[topic, default: 0] += 1
        NoticeFrame.setNumber(numbers[topic] ?? 0, of: &frame)
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
                (3...64).contains(part.bytes.count) && part.bytes[0] == 1 && part.bytes[1] == NewsTopic.greetingPrefix
            let topic = isGreeting ? [UInt8](part.bytes.dropFirst()) : []
            if part.hasMore { socket.skipParts() }
            if isGreeting, case .sent = socket.send(topic, more: true) { _ = socket.send(topic) }
        }
    }

    // MARK: Hearing

    private func adopt(_ endpoints: [String], of owner: Int) {
        let isGone: (Connection) -> Bool = { !$0.isLive && !endpoints.contains($0.endpoint) }
        for connection in connections[owner] where isGone(connection) { leave(connection) }
        connections[owner].removeAll(where: isGone)
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
            try connection.socket.subscribe(to: NewsTopic.pulse)
            try connection.socket.subscribe(to: greeting)
            try connection.connect()
        } catch {
            logger.error("cannot connect", metadata: ["endpoint": "\(endpoint)", "cause": "\(error)"])
        }
    }

    /// Says that this process is there, and gives up publishers that do not.
    private func beat() {
        let now = Deadline.after(milliseconds: 0)
        if let socket = publisher?.socket, case .due = pulse.beat(at: now) {
            pulse.heard()
            _ = socket.send(Array(NewsTopic.pulse.utf8), more: true)
            _ = socket.send([])
        }
        for owner in owners.indices {
            for connection in connections[owner] where connection.isLive {
                guard case .lost = connection.pulse.beat(at: now) else { continue }
                logger.info("publisher is silent", metadata: ["endpoint": "\(connection.endpoint)"])
                connections[owner].removeAll { $0 === connection }
                leave(connection)
                connect(to: connection.endpoint, of: owner)
                publishLive(of: owner)
                watchAll()
            }
        }
    }

    private func leave(_ connection: Connection) {
        heardNumbers[ObjectIdentifier(connection)] = nil
        connection.close()
    }

    private func sleepMS() -> Int32 {
        var beats = connections.joined().filter(\.isLive).map(\.pulse.next)
        if publisher != nil { beats.append(pulse.next) }
        let wait = beats.min().map(\.remainingMS) ?? binding?.checkEveryMS ?? -1
        return Int32(clamping: wait)
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
        publishLive(of: owner)
    }

    private func publishLive(of owner: Int) {
        let live = Set(connections[owner].filter(\.isLive).map(\.endpoint))
        news.state.withLock { $0.liveEndpoints[owner] = live }
    }

    private func hear(from connection: Connection, of owner: Int) -> Bool {
        for _ in 0..<256 {
            guard let part = connection.socket.receive() else { return false }
            connection.pulse.heard()
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
                heardNumbers[ObjectIdentifier(connection)] = [:]
                tellMissed(owner) { _ in true }
            } else if topic != NewsTopic.pulse {
                deliver(frame, of: topic, from: connection, of: owner)
            }
        }
        return true
    }

    private func deliver(_ frame: [UInt8], of topic: String, from connection: Connection, of owner: Int) {
        guard let number = NoticeFrame.number(of: frame) else { return counts.malformed += 1 }
        let last = heardNumbers[ObjectIdentifier(connection), default: [:]].updateValue(number, forKey: topic)
        if let last, number != last &+ 1 { tellMissed(owner) { $0 == topic } }
        for listener in listeners[owner] where listener.subject == topic {
            if listener.hear(frame, NoticeFrame.header) { counts.heard += 1 } else { counts.malformed += 1 }
        }
    }

    private func tellMissed(_ owner: Int, of subjects: (String) -> Bool) {
        counts.missed += 1
        for listener in listeners[owner] where subjects(listener.subject) { listener.missed() }
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
