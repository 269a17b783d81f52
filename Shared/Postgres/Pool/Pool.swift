import Logging

/// Threads with a connection each, and the requests that wait for one.
final class Pool: @unchecked Sendable {
    let configuration: DatabaseConfiguration
    let parameters: ConnectionParameters
    let logger: Logger

    /// Guards everything below and the workers' own state.
    let lock = Lock()
    let keeperWakeUp = Condition()
    var workers: [ObjectIdentifier: Worker] = [:]
    /// The last used one is at the end and is used next: what is not needed grows old at the front.
    var idle: [Worker] = []
    var waiting: [Job] = []
    private var backoff = ConnectBackoff()
    /// Workers that try to connect at this moment.
    private var connecting = 0
    /// No further connection is opened until then, because PostgreSQL had no room.
    private var growthPause = Deadline.now
    var statistics = DatabaseStatistics()
    var isClosing = false
    var closers: [CheckedContinuation<Void, Never>] = []

    /// - Throws: `.other` when the URL cannot be read.
    init(_ configuration: DatabaseConfiguration, logger: Logger) throws(DatabaseError) {
        self.configuration = configuration
        self.logger = logger
        parameters = try ConnectionParameters(configuration)
        try DedicatedThread.start(name: "pg-keeper") { self.keep() }
    }

    private var maxWorkers: Int { max(1, configuration.keptConnections + configuration.extraConnections) }

    // MARK: For tasks

    func submit(_ job: Job) {
        let refusal: DatabaseError? = lock.withLock {
            if isClosing { return .unavailable("The database is being closed.") }
            if let worker = idle.popLast() {
                assign(job, to: worker)
                return nil
            }
            let mayGrow = workers.count < maxWorkers && growthPause.hasPassed
            if mayGrow || workers.isEmpty { return spawn(job) }
            guard waiting.count < configuration.maxWaiting else {
                statistics.refusedCount += 1
                return .unavailable("\(waiting.count) requests already wait for a connection.")
            }
            waiting.append(job)
            if waiting.count == 1 { keeperWakeUp.signal() }
            return nil
        }
        if let refusal { job.fail(refusal) }
    }

    /// Takes a job out of the queue, or tells its connection to stop.
    func cancel(_ interruption: Interruption) {
        interruption.request()
        let job: Job? = lock.withLock {
            guard let index = waiting.firstIndex(where: { $0.interruption === interruption }) else { return nil }
            return waiting.remove(at: index)
        }
        job?.fail(.cancelled())
    }

    var currentStatistics: DatabaseStatistics {
        lock.withLock {
            var statistics = statistics
            statistics.idle = idle.count
            statistics.inUse = workers.count - idle.count
            statistics.waiting = waiting.count
            statistics.isAvailable = backoff.reason == nil && !isClosing
            return statistics
        }
    }

    // MARK: For workers

    /// Blocks the worker's thread until it gets a job; nil when it is to end.
    func awaitAssignment(_ worker: Worker) -> Job? {
        lock.withLock {
            while worker.assigned == nil, !worker.mustRetire { worker.assignment.wait(lock) }
            defer { worker.assigned = nil }
            worker.current = worker.assigned
            return worker.assigned
        }
    }

    /// - Returns: a job that was waiting; when nil, the worker has to await its assignment.
    func release(_ worker: Worker) -> Job? {
        lock.withLock { takeNext(worker) }
    }

    /// Nil when the worker may connect.
    func refusalToConnect() -> DatabaseError? {
        lock.withLock {
            let refusal = backoff.refusal()
            if refusal == nil { connecting += 1 }
            return refusal
        }
    }

    func connected(_ worker: Worker, expiry: Deadline) {
        let wasAway = lock.withLock {
            worker.expiry = expiry
            defer { backoff.succeeded() }
            connecting -= 1
            statistics.open += 1
            statistics.connectCount += 1
            return backoff.reason != nil
        }
        if wasAway { logger.notice("PostgreSQL can be reached again") }
    }

    func disconnected(_ worker: Worker) {
        lock.withLock {
            worker.expiry = .never
            statistics.open -= 1
        }
    }

    func connectEnded(with error: DatabaseError) {
        let isNews = lock.withLock {
            let wasAway = backoff.reason != nil
            connecting -= 1
            statistics.connectFailureCount += 1
            let serverAnswers = error.kind == .cancelled || (error.isOutOfConnections && hasOthers)
            if serverAnswers { backoff.abandoned() } else { backoff.failed(error) }
            if error.isOutOfConnections { growthPause = .after(.seconds(1)) }
            return !wasAway && error.kind != .cancelled
        }
        logger.log(level: isNews ? .warning : .debug, "PostgreSQL cannot be reached", metadata: ["error": "\(error)"])
    }

    /// Another worker has a connection or may get one.
    private var hasOthers: Bool { statistics.open + connecting > 0 }

    /// When PostgreSQL has no room but other connections are open, the job waits for one of these.
    func connectFailed(_ worker: Worker, _ job: Job, _ error: DatabaseError) -> Job? {
        let (next, isQueued): (Job?, Bool) = lock.withLock {
            guard error.isOutOfConnections, hasOthers, !isClosing, !job.interruption.isRequested else {
                return (takeNext(worker), false)
            }
            worker.mustRetire = true
            if let other = idle.popLast() {
                assign(job, to: other)
            } else {
                waiting.insert(job, at: 0)
                keeperWakeUp.signal()
            }
            return (nil, true)
        }
        if !isQueued { job.fail(error) }
        return next
    }

    func retired(_ worker: Worker) {
        var orphan: Job?
        var failure: DatabaseError?
        let closers: [CheckedContinuation<Void, Never>] = lock.withLock {
            workers[ObjectIdentifier(worker)] = nil
            idle.removeAll { $0 === worker }
            // The last one went while requests wait: another one tries for them.
            if workers.isEmpty, !isClosing, !waiting.isEmpty {
                let job = waiting.removeFirst()
                orphan = job
                failure = spawn(job)
            }
            return takeClosersWhenDone()
        }
        if let failure { orphan?.fail(failure) }
        for closer in closers { closer.resume() }
    }

    // MARK: Inside the lock

    private func assign(_ job: Job, to worker: Worker) {
        worker.assigned = job
        worker.assignment.signal()
    }

    private func spawn(_ job: Job) -> DatabaseError? {
        let worker = Worker(pool: self, first: job)
        do {
            try worker.start()
            workers[ObjectIdentifier(worker)] = worker
            if workers.count == 1 { keeperWakeUp.signal() }
            return nil
        } catch {
            return error
        }
    }

    private func takeNext(_ worker: Worker) -> Job? {
        worker.current = nil
        if !waiting.isEmpty {
            let job = waiting.removeFirst()
            worker.current = job
            return job
        }
        if isClosing {
            worker.mustRetire = true
        } else {
            worker.idleSince = .now
            idle.append(worker)
        }
        return nil
    }

    func takeClosersWhenDone() -> [CheckedContinuation<Void, Never>] {
        guard isClosing, workers.isEmpty else { return [] }
        defer { closers = [] }
        return closers
    }
}
