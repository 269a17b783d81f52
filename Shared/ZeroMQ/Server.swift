import Bus
import Logging

/// What the tasks that answer and the thread that owns the answering socket share, behind one lock.
struct ServerState {
    /// Each stands for one finished piece of work.
    var answers: [OutgoingFrame] = []
    var isDraining = false
    var isStopped = false
    var stats = BusStats.Serving()

    var hasWork: Bool { !answers.isEmpty || isStopped || isDraining != stats.isDraining }
}

/// The answering half of the bus as tasks see it: runs handlers and hands their answers to the thread.
final class Server: Sendable {
    let state = Locked(ServerState())
    let wake = Wake()
    /// Open once nothing is in flight after `drain`.
    let drained = Gate()
    let limits: BusLimits
    let logger: Logger

    init(limits: BusLimits, logger: Logger) {
        self.limits = limits
        self.logger = logger
    }

    /// Runs the handler in a task of its own.
    func work(on question: ServedQuestion) {
        Task {
            let result = await question.answer()
            let frame = encode(result, for: question)
            state.withLock { $0.answers.append(OutgoingFrame(peer: question.peer, frame: frame)) }
            wake.signal()
        }
    }

    private func encode(_ result: Result<[UInt8], Fault>, for question: ServedQuestion) -> [UInt8] {
        let frame = ReplyEnvelope(correlation: question.correlation, result: result).encoded()
        guard frame.count > limits.messageBytes else { return frame }
        logger.error(
            "reply is too large", metadata: ["subject": "\(question.subject)", "bytes": "\(frame.count)"])
        return ReplyEnvelope(correlation: question.correlation, result: .failure(.unexpected())).encoded()
    }

    func drain() {
        state.withLock { $0.isDraining = true }
        wake.signal()
    }

    func stop() {
        state.withLock { $0.isStopped = true }
        wake.signal()
    }
}
