import Bus
import Logging

/// The threads and sockets of a started bus.
final class RunningBus: Sendable {
    let requestsEndpoint: String?
    let eventsEndpoint: String?
    var isServing: Bool { requestsEndpoint != nil }

    private let context: SocketContext
    private let asker: Asker
    private let server: Server
    private let news: News
    private let lookout: Lookout
    private let doorkeeper: Doorkeeper?
    /// One for each thread with sockets.
    private let ends: [Gate]
    private let doorClosed = Gate()
    private let isClosing = Locked(false)
    private let closed = Gate()

    /// How long answers that were given may take to leave after the end.
    static let lingerMS = 1000

    init(
        _ configuration: ZeroMQBusConfiguration, logger: Logger, asker: Asker, server: Server, news: News,
        handlers: ServedHandlers, listeners: [String: [NoticeListener]]
    ) throws {
        self.asker = asker
        self.server = server
        self.news = news
        let sockets = try OwnSockets(configuration, logger: logger)
        context = sockets.context
        doorkeeper = sockets.doorkeeper
        requestsEndpoint = sockets.requests?.binding.endpoint
        eventsEndpoint = sockets.events?.binding.endpoint

        let owners = configuration.owners.keys.sorted()
        let parts = ConnectionParts(
            context: sockets.context, limits: configuration.limits, keys: configuration.keys, monitorName: "")
        lookout = Lookout(
            targets: RunningBus.targets(owners, configuration, asker, news, listeners),
            everyMS: configuration.limits.lookoutMS)
        let asking = AskingLoop(asker: asker, parts: parts, logger: logger) { [weak lookout] in lookout?.lookNow() }
        let hearing = NewsLoop(
            news: news, publisher: sockets.events, parts: parts, owners: owners,
            listeners: owners.map { listeners[$0] ?? [] }, logger: logger)
        var bodies: [(String, @Sendable () -> Void)] = [("bus-ask", asking.run), ("bus-news", hearing.run)]
        if let requests = sockets.requests {
            let serving = ServingLoop(
                server: server, handlers: handlers, socket: requests.socket, monitor: requests.monitor,
                binding: requests.binding, authority: configuration.keys == nil ? nil : configuration.authority,
                logger: logger)
            bodies.append(("bus-serve", serving.run))
        }

        asker.state.withLock { $0.isOpen = true }
        news.state.withLock { $0.isOpen = true }
        ends = bodies.map { name, body in
            let end = Gate()
            BusThread.start(name) {
                body()
                end.open()
            }
            return end
        }
        BusThread.start("bus-lookout", lookout.run)
        if let doorkeeper {
            BusThread.start("bus-door") { [doorClosed] in
                doorkeeper.run()
                doorClosed.open()
            }
        } else {
            doorClosed.open()
        }
    }

    private static func targets(
        _ owners: [String], _ configuration: ZeroMQBusConfiguration, _ asker: Asker, _ news: News,
        _ listeners: [String: [NoticeListener]]
    ) -> [Lookout.Target] {
        owners.enumerated().flatMap { index, name -> [Lookout.Target] in
            guard let owner = configuration.owners[name] else { return [] }
            let requests = Lookout.Target(
                patterns: owner.requests, live: { asker.state.withLock { $0.owners[index].liveEndpoints } },
                found: { asker.post(.endpoints(owner: index, $0)) })
            guard listeners[name] != nil else { return [requests] }
            let events = Lookout.Target(
                patterns: owner.events, live: { news.state.withLock { $0.liveEndpoints[index] } },
                found: { news.adopt($0, of: index) })
            return [requests, events]
        }
    }

    /// Stops the threads, each of which closes its sockets, and then ends the context. Whoever calls waits for the end.
    func close() async {
        let isFirst = isClosing.withLock { isClosing in
            defer { isClosing = true }
            return !isClosing
        }
        guard isFirst else { return await closed.wait() }
        lookout.stop()
        asker.post(.stop)
        server.stop()
        news.stop()
        for end in ends { await end.wait() }
        doorkeeper?.stop()
        await doorClosed.wait()
        BusThread.start("bus-end") { [context, closed] in
            context.terminate()
            closed.open()
        }
        await closed.wait()
    }
}

/// The sockets of this process that others connect to, made and bound before their threads start.
struct OwnSockets {
    let context: SocketContext
    private(set) var doorkeeper: Doorkeeper?
    private(set) var requests: (socket: Socket, monitor: Socket, binding: Binding)?
    private(set) var events: (socket: Socket, binding: Binding)?

    /// Binds everything or nothing.
    init(_ configuration: ZeroMQBusConfiguration, logger: Logger) throws {
        context = try SocketContext()
        do {
            if let keys = configuration.keys { doorkeeper = try Doorkeeper(keys: keys, in: context) }
            for owner in configuration.owners.keys { try configuration.keys?.requireKey(of: owner) }
            try bindRequests(configuration)
            try bindEvents(configuration)
            warn(configuration, logger)
        } catch {
            close()
            throw error
        }
    }

    private mutating func bindRequests(_ configuration: ZeroMQBusConfiguration) throws {
        guard let endpoint = configuration.requestsBind else { return }
        let socket = try Socket(.router, in: context)
        do {
            socket.requirePeers()
            let monitor = try listen(socket, configuration, named: "inproc://serving")
            do {
                requests = (socket, monitor, try Binding(socket, to: endpoint))
            } catch {
                monitor.close()
                throw error
            }
        } catch {
            socket.close()
            throw error
        }
    }

    private mutating func bindEvents(_ configuration: ZeroMQBusConfiguration) throws {
        guard let endpoint = configuration.eventsBind else { return }
        let socket = try Socket(.publisher, in: context)
        do {
            socket.hearEveryRequest()
            socket.applyBounds(configuration.limits, lingerMS: 200)
            try configuration.keys?.secure(listening: socket)
            events = (socket, try Binding(socket, to: endpoint))
        } catch {
            socket.close()
            throw error
        }
    }

    private func listen(
        _ socket: Socket, _ configuration: ZeroMQBusConfiguration, named name: String
    ) throws -> Socket {
        socket.applyBounds(configuration.limits, lingerMS: RunningBus.lingerMS)
        try configuration.keys?.secure(listening: socket)
        return try socket.monitor(in: context, named: name)
    }

    /// One line when text that anybody on the network can read and write leaves this machine.
    private func warn(_ configuration: ZeroMQBusConfiguration, _ logger: Logger) {
        guard configuration.keys == nil else { return }
        let others = configuration.owners.values.flatMap { $0.requests + $0.events }
        let endpoints = [configuration.requestsBind, configuration.eventsBind].compactMap(\.self) + others
        let open = endpoints.filter { endpoint in
            guard let host = NameResolution.parts(of: endpoint)?.host else { return false }
            return !(host.hasPrefix("127.") || host == "::1" || host == "localhost")
        }
        guard !open.isEmpty else { return }
        logger.warning(
            "the bus leaves this machine in plain text and lets everybody in; set BUS_KEYS_DIR",
            metadata: ["endpoints": "\(open.joined(separator: ", "))"])
    }

    private func close() {
        requests?.monitor.close()
        requests?.socket.close()
        events?.socket.close()
        doorkeeper?.close()
        context.terminate()
    }
}
