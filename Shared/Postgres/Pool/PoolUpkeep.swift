import Logging

extension Pool {
    /// The keeper's thread: expires what waits for too long and ends threads that have nothing to do.
    func keep() {
        while true {
            var expired: [Job] = []
            let isOver: Bool = lock.withLock {
                keeperWakeUp.wait(lock, until: nextUpkeep)
                // Looked at once: what is taken out must be told so.
                waiting.removeAll { job in
                    guard job.deadline.hasPassed else { return false }
                    expired.append(job)
                    return true
                }
                statistics.refusedCount += expired.count
                retireIdleWorkers()
                return isClosing
            }
            for job in expired { job.fail(.unavailable("No connection became free in time.")) }
            if isOver { return }
        }
    }

    private var nextUpkeep: Deadline {
        let pause: Duration = workers.isEmpty ? .seconds(60) : .seconds(1)
        return waiting.reduce(.after(pause)) { min($0, $1.deadline) }
    }

    private func retireIdleWorkers() {
        let now = Deadline.now
        let longest = configuration.extraIdleTime.nanoseconds
        var surplus = workers.count - configuration.keptConnections
        idle.removeAll { worker in
            let isSurplus = surplus > 0 && now.nanoseconds - worker.idleSince.nanoseconds >= longest
            guard isSurplus || worker.expiry <= now || isClosing else { return false }
            surplus -= 1
            worker.mustRetire = true
            worker.assignment.signal()
            return true
        }
    }

    /// Refuses what waits, ends idle threads at once and the others with their job.
    func beginClosing() {
        let refused: [Job] = lock.withLock {
            isClosing = true
            defer { waiting = [] }
            retireIdleWorkers()
            keeperWakeUp.signal()
            return waiting
        }
        for job in refused { job.fail(.unavailable("The database is being closed.")) }
    }

    func interruptAll() {
        let running = lock.withLock { workers.values.compactMap(\.current) }
        for job in running { job.interruption.request() }
    }

    /// Lets those go who wait for the last connection to be closed.
    func abandonClosing() {
        let abandoned = lock.withLock {
            defer { closers = [] }
            return closers
        }
        guard !abandoned.isEmpty else { return }
        logger.warning("The database's connections are still in use after its close")
        for closer in abandoned { closer.resume() }
    }

    /// Returns when the last connection is closed.
    func awaitClosed() async {
        await withCheckedContinuation { continuation in
            let done: [CheckedContinuation<Void, Never>] = lock.withLock {
                closers.append(continuation)
                return takeClosersWhenDone()
            }
            for closer in done { closer.resume() }
        }
    }
}

extension DatabaseError {
    /// PostgreSQL's connection slots, or those of the role or of the database, are all taken.
    var isOutOfConnections: Bool { sqlState == "53300" }
}
