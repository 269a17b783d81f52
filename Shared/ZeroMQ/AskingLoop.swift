import Bus
import CZeroMQ
import Logging

/// The thread that owns every socket to every endpoint: sends questions, resumes their askers, keeps the deadlines.
///
/// No question waits in a queue of ours for a particular endpoint: it is with libzmq or waits for any live one.
final class AskingLoop: @unchecked Sendable {
    let asker: Asker
    let parts: ConnectionParts
    let logger: Logger
    /// Called when a question finds nobody live, so that endpoints are looked for at once.
    let lookNow: @Sendable () -> Void
    var owners: [OwnerConnections]
    var pending: [UInt64: PendingAsk] = [:]
    var deadlines = DeadlineHeap()
    /// Counted since the last report, by owner.
    var counts: [BusStats.Asking]
    /// Answers that are to be handed over at the end of the turn.
    var resumptions: [(CheckedContinuation<[UInt8], any Error>, Result<[UInt8], any Error>)] = []
    private var poller: Poller
    private var connectionsMade = 0
    private var isStopped = false

    /// How long a question that nobody waits for still counts as load of the endpoint that owes the answer.
    static let debtMS = 5000

    init(asker: Asker, parts: ConnectionParts, logger: Logger, lookNow: @escaping @Sendable () -> Void) {
        self.asker = asker
        self.parts = parts
        self.logger = logger
        self.lookNow = lookNow
        owners = asker.state.withLock { $0.owners.map { OwnerConnections(name: $0.name) } }
        counts = owners.map { _ in BusStats.Asking() }
        poller = Poller(wake: asker.wake)
    }

    /// Runs until told to stop, then closes its sockets.
    func run() {
        var commands: [AskCommand] = []
        var isBusy = true
        while !isStopped {
            poller.poll(timeoutMS: isBusy ? 0 : sleepMS()) { self.asker.state.withLock { $0.commands.isEmpty } }
            asker.state.withLock { swap(&$0.commands, &commands) }
            for command in commands { perform(command) }
            commands.removeAll(keepingCapacity: true)
            observeConnections()
            isBusy = receiveAnswers()
            expire()
            beat()
            settleUp()
        }
        end()
    }

    private func perform(_ command: AskCommand) {
        switch command {
        case .ask(let ask):
            pending[ask.id] = ask
            dispatch(ask)
        case .cancel(let id): cancel(id)
        case .endpoints(let owner, let endpoints): adopt(endpoints, of: owner)
        case .stop: isStopped = true
        }
    }

    // MARK: Connections

    /// Connects to what is new and leaves what is neither listed nor live.
    private func adopt(_ endpoints: [String], of owner: Int) {
        for gone in owners[owner].remove(where: { !$0.isLive && !endpoints.contains($0.endpoint) }) {
            settle(gone)
            gone.close()
        }
        let known = Set(owners[owner].connections.map(\.endpoint))
        for endpoint in endpoints where !known.contains(endpoint) {
            guard owners[owner].connections.count < asker.limits.endpointsPerOwner else { break }
            connect(to: endpoint, of: owner)
        }
        rebuildPoller()
    }

    private func connect(to endpoint: String, of owner: Int) {
        connectionsMade += 1
        var parts = parts
        parts.owner = owners[owner].name
        parts.monitorName = "inproc://asking-\(connectionsMade)"
        do {
            let connection = try Connection(.dealer, to: endpoint, in: parts)
            owners[owner].connections.append(connection)
            try connection.connect()
        } catch {
            logger.error("cannot connect", metadata: ["endpoint": "\(endpoint)", "cause": "\(error)"])
        }
    }

    /// Asks the live ones whether they are there, and gives up those that do not answer: by a new socket, as the old one
    /// may hold questions that must not be done after somebody else did them.
    private func beat() {
        let now = Deadline.after(milliseconds: 0)
        for owner in owners.indices {
            for connection in owners[owner].connections where connection.isLive {
                switch connection.pulse.beat(at: now) {
                case .none: continue
                case .due:
                    connection.needsReceiving = true
                    _ = connection.socket.send(FrameLayout.ping)
                case .lost:
                    logger.info("peer is silent", metadata: ["endpoint": "\(connection.endpoint)"])
                    _ = owners[owner].remove { $0 === connection }
                    publishLive(of: owner)
                    settle(connection)
                    connection.close()
                    connect(to: connection.endpoint, of: owner)
                    rebuildPoller()
                }
            }
        }
    }

    private func rebuildPoller() {
        poller.watch(owners.flatMap(\.connections))
    }

    private func observeConnections() {
        for index in owners.indices {
            for connection in owners[index].connections where poller.hasEvents(connection) {
                observe(connection, of: index)
            }
        }
    }

    private func observe(_ connection: Connection, of owner: Int) {
        while let change = connection.nextChange() {
            switch change {
            case .connected:
                logger.debug("peer is live", metadata: ["endpoint": "\(connection.endpoint)"])
                publishLive(of: owner)
                dispatchWaiting(of: owner)
            case .disconnected:
                logger.info("peer is gone", metadata: ["endpoint": "\(connection.endpoint)"])
                // Answers that arrived before the end are already in the socket.
                receive(from: connection, of: owner, atMost: .max)
                publishLive(of: owner)
                settle(connection)
            }
        }
    }

    private func publishLive(of owner: Int) {
        let live = Set(owners[owner].connections.filter(\.isLive).map(\.endpoint))
        asker.state.withLock { $0.owners[owner].liveEndpoints = live }
    }

    // MARK: Receiving

    /// Whether something may be left.
    private func receiveAnswers() -> Bool {
        var isBusy = false
        for index in owners.indices {
            for connection in owners[index].connections
            where connection.needsReceiving || poller.isReady(connection) {
                connection.needsReceiving = false
                let isFilled = receive(from: connection, of: index, atMost: 256) == 256
                if connection.isFull { retry(connection, of: index) }
                connection.needsReceiving = connection.needsReceiving || isFilled
                isBusy = isBusy || connection.needsReceiving
            }
        }
        return isBusy
    }

    /// Looks whether a connection that took nothing more does so again.
    private func retry(_ connection: Connection, of owner: Int) {
        let readiness = connection.socket.readiness
        connection.needsReceiving = readiness.canReceive
        guard readiness.canSend else { return }
        connection.isFull = false
        dispatchWaiting(of: owner)
    }

    @discardableResult
    private func receive(from connection: Connection, of owner: Int, atMost limit: Int) -> Int {
        var count = 0
        while count < limit, let part = connection.socket.receive() {
            count += 1
            connection.pulse.heard()
            if part.hasMore {
                connection.socket.skipParts()
                counts[owner].malformed += 1
            } else {
                take(part.bytes, from: connection, of: owner)
            }
        }
        return count
    }

    private func take(_ bytes: UnsafeRawBufferPointer, from connection: Connection, of owner: Int) {
        switch AnswerFrame(bytes) {
        case .answer(let id): answered(id, bytes, from: connection, of: owner)
        case .draining(let id):
            if !connection.isDraining {
                logger.info("peer is draining", metadata: ["endpoint": "\(connection.endpoint)"])
            }
            connection.isDraining = true
            if id != 0 { turnedAway(id, by: connection) }
            publishLive(of: owner)
        case .alive: break
        case nil: counts[owner].malformed += 1
        }
    }

    // MARK: Sleeping and reporting

    private func sleepMS() -> Int32 {
        while let first = deadlines.first, pending[first.id]?.expiry != first.deadline { deadlines.removeFirst() }
        let beat = owners.lazy.flatMap(\.connections).filter(\.isLive).map(\.pulse.next).min()
        guard let next = [deadlines.first?.deadline, beat].compactMap(\.self).min() else { return -1 }
        return Int32(clamping: next.remainingMS)
    }

    /// Reports, and only then resumes whoever has an answer: that one may ask again at once and must find a place.
    private func settleUp() {
        asker.state.withLock { state in
            for index in owners.indices {
                state.owners[index].stats.add(counts[index])
                state.owners[index].stats.endpoints = owners[index].connections.count
                state.owners[index].stats.live = owners[index].live
                counts[index] = BusStats.Asking()
            }
        }
        for (continuation, result) in resumptions { continuation.resume(with: result) }
        resumptions.removeAll(keepingCapacity: true)
    }

    private func end() {
        let left = asker.state.withLock { state in
            state.isOpen = false
            defer { state.commands = [] }
            return state.commands
        }
        for command in left { if case .ask(let ask) = command { pending[ask.id] = ask } }
        for ask in pending.values {
            let fault =
                ask.connection == nil && !ask.wasResent ? Fault.unreachable(owners[ask.owner].name) : .deadlinePassed()
            ask.continuation?.resume(throwing: fault)
        }
        pending = [:]
        for connection in owners.flatMap(\.connections) { connection.close() }
        owners = []
    }
}
