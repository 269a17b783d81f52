import Bus
import Logging

/// The thread that owns the answering socket: lets questions in, starts their work, sends the answers.
final class ServingLoop: @unchecked Sendable {
    private let server: Server
    private let handlers: ServedHandlers
    private let socket: Socket
    private let monitor: Socket
    /// Whom each peer may speak for; nil when peers are not known by keys.
    private let authority: CallerAuthority?
    private let logger: Logger
    private var binding: Binding
    private var admission: Admission<ServedQuestion>
    private var counts = BusStats.Serving()
    private var outbox: [OutgoingFrame] = []
    private var backlog: Backlog
    private var poller: Poller
    private var peers = RecentPeers()
    /// While draining: until when it must be quiet.
    private var quietAt: Deadline?

    /// How long nothing new may arrive before a draining process counts as left alone.
    static let quietMS = 60

    init(
        server: Server, handlers: ServedHandlers, socket: Socket, monitor: Socket, binding: Binding,
        authority: CallerAuthority?, logger: Logger
    ) {
        self.server = server
        self.handlers = handlers
        self.socket = socket
        self.monitor = monitor
        self.binding = binding
        self.authority = authority
        self.logger = logger
        admission = Admission(limits: server.limits)
        backlog = Backlog(limit: 4 * server.limits.messagesPerPeer, waitMS: server.limits.timeoutMS)
        poller = Poller(wake: server.wake)
    }

    /// Runs until told to stop, then closes its sockets.
    func run() {
        _ = poller.watch(socket.descriptor)
        _ = poller.watch(monitor.descriptor)
        var answers: [OutgoingFrame] = []
        var isBusy = true
        while true {
            poller.poll(timeoutMS: isBusy ? 0 : sleepMS()) { self.server.state.withLock { !$0.hasWork } }
            guard exchange(taking: &answers) else { break }
            for answer in answers { finish(answer) }
            answers.removeAll(keepingCapacity: true)
            isBusy = receive()
            startWaiting()
            isBusy = sendOutbox() || isBusy
            if retryBacklog() { isBusy = receive() || isBusy || !outbox.isEmpty }
            while let event = monitor.nextEvent() { if case .refused = event { counts.strangers += 1 } }
            binding.check(socket, logger)
            noticeQuiet()
            peers.turn()
            report()
        }
        server.drained.open()
        binding.release()
        socket.close()
        monitor.close()
    }

    /// Takes what the tasks have finished, and begins draining when told to; false to stop.
    private func exchange(taking answers: inout [OutgoingFrame]) -> Bool {
        let (isDraining, isStopped) = server.state.withLock { state in
            swap(&state.answers, &answers)
            counts.isDraining = state.isDraining
            return (state.isDraining, state.isStopped)
        }
        if isDraining, quietAt == nil { beginDraining() }
        return !isStopped
    }

    private func report() {
        counts.inFlight = admission.running
        counts.queued = admission.queued
        server.state.withLock { $0.stats = counts }
    }

    // MARK: Questions

    /// Whether something may be left.
    private func receive() -> Bool {
        for _ in 0..<256 {
            guard let address = socket.receive() else { return false }
            let peer = PeerAddress(address.bytes)
            guard address.hasMore else {
                counts.malformed += 1
                continue
            }
            guard let part = socket.receive() else { return false }
            if part.hasMore || peer == nil {
                counts.malformed += 1
                if part.hasMore { socket.skipParts() }
            } else if let peer {
                take([UInt8](part.bytes), from: peer)
            }
        }
        return true
    }

    private func take(_ frame: [UInt8], from peer: PeerAddress) {
        peers.heard(peer)
        if frame == FrameLayout.ping { return outbox.append(OutgoingFrame(peer: peer, frame: FrameLayout.alive)) }
        var reader = MessageReader(frame)
        guard let header = try? RequestHeader(from: &reader) else { return counts.malformed += 1 }
        guard quietAt == nil else { return turnAway(header, of: peer) }
        guard isPermitted(header) else { return refuse(header, of: peer, with: .unexpected()) }
        guard let entry = handlers[header.subject] else {
            logger.warning("question that nobody serves", metadata: ["subject": "\(header.subject)"])
            return refuse(header, of: peer, with: .unreachable(Subject(header.subject).owner))
        }
        guard header.budgetMS > 0 else { return counts.expired += 1 }
        let question = ServedQuestion(
            peer: peer, frame: frame, payloadOffset: reader.position, header: header, entry: entry)
        switch admission.admit(question, entry.priority) {
        case .start: server.work(on: question)
        case .wait: break
        case .refuse:
            counts.refused += 1
            refuse(header, of: peer, with: .overloaded())
        }
    }

    private func isPermitted(_ header: RequestHeader) -> Bool {
        guard let authority else { return true }
        let name = socket.property("User-Id") ?? ""
        if !name.isEmpty, authority.permits(header.caller.identity, from: name) { return true }
        counts.impersonations += 1
        logger.error(
            "a peer asked on behalf of somebody it may not speak for",
            metadata: ["peer": "\(name)", "caller": "\(header.caller.identity.credentialID)"])
        return false
    }

    private func refuse(_ header: RequestHeader, of peer: PeerAddress, with fault: Fault) {
        let frame = ReplyEnvelope(correlation: header.correlation, result: .failure(fault)).encoded()
        outbox.append(OutgoingFrame(peer: peer, frame: frame))
    }

    private func startWaiting() {
        for question in admission.overdue() {
            if question.context.deadline.hasPassed {
                counts.expired += 1
            } else {
                counts.refused += 1
                let frame = ReplyEnvelope(correlation: question.correlation, result: .failure(.overloaded())).encoded()
                outbox.append(OutgoingFrame(peer: question.peer, frame: frame))
            }
        }
        while let question = admission.next() {
            if question.context.deadline.hasPassed {
                counts.expired += 1
                admission.finished()
            } else {
                server.work(on: question)
            }
        }
    }

    // MARK: Answers

    private func finish(_ answer: OutgoingFrame) {
        admission.finished()
        counts.answered += 1
        send(answer)
    }

    /// Whether anything was sent, after which the socket must be received from once more.
    private func sendOutbox() -> Bool {
        guard !outbox.isEmpty else { return false }
        for frame in outbox { send(frame) }
        outbox.removeAll(keepingCapacity: true)
        return true
    }

    private func send(_ outgoing: OutgoingFrame) {
        if backlog.holds(outgoing.peer) { return keep(outgoing) }
        switch sendNow(outgoing.frame, to: outgoing.peer) {
        case .sent: break
        case .full: keep(outgoing)
        case .noPeer: counts.undeliverable += 1
        }
    }

    private func keep(_ outgoing: OutgoingFrame) {
        if !backlog.append(outgoing) { counts.undeliverable += 1 }
    }

    /// A message that begins is taken whole: with the address accepted, libzmq has room for the frame.
    private func sendNow(_ frame: [UInt8], to peer: PeerAddress) -> Socket.Sending {
        let addressed = peer.withBytes { socket.send($0, more: true) }
        guard case .sent = addressed else { return addressed }
        return socket.send(frame)
    }

    /// Whether anything was tried, after which the socket must be received from once more.
    private func retryBacklog() -> Bool {
        guard !backlog.isEmpty else { return false }
        counts.undeliverable += backlog.retry { sendNow($1, to: $0) }
        return true
    }

    // MARK: Draining

    private func beginDraining() {
        quietAt = .after(milliseconds: ServingLoop.quietMS)
        binding.hide()
        for peer in peers.all { outbox.append(OutgoingFrame(peer: peer, frame: FrameLayout.draining(0))) }
        _ = sendOutbox()
    }

    private func turnAway(_ header: RequestHeader, of peer: PeerAddress) {
        counts.turnedAway += 1
        quietAt = .after(milliseconds: ServingLoop.quietMS)
        outbox.append(OutgoingFrame(peer: peer, frame: FrameLayout.draining(header.correlation)))
    }

    private func noticeQuiet() {
        guard let quietAt, quietAt.hasPassed, admission.isIdle, outbox.isEmpty, backlog.isEmpty else { return }
        server.drained.open()
    }

    private func sleepMS() -> Int32 {
        var wait = binding.checkEveryMS
        if !backlog.isEmpty { wait = min(wait, 10) }
        if let overdue = admission.nextOverdue { wait = min(wait, overdue.remainingMS) }
        if let quietAt, !quietAt.hasPassed { wait = min(wait, quietAt.remainingMS) }
        return Int32(clamping: wait)
    }
}
