/// A thread of the pool and the one connection that it owns.
final class Worker: @unchecked Sendable {
    private let pool: Pool
    /// Those up to `current` belong to the pool and are touched inside its lock.
    let assignment = Condition()
    var assigned: Job?
    var mustRetire = false
    var idleSince = Deadline.never
    /// Of the connection; `never` without one.
    var expiry = Deadline.never
    var current: Job?

    /// Belongs to the thread.
    private var connection: Connection?

    init(pool: Pool, first: Job) {
        self.pool = pool
        assigned = first
    }

    func start() throws(DatabaseError) {
        try DedicatedThread.start(name: "pg-\(pool.configuration.applicationName)") { self.work() }
    }

    private func work() {
        while let job = pool.awaitAssignment(self) {
            var next: Job? = job
            while let job = next { next = perform(job) }
        }
        disconnect()
        pool.retired(self)
    }

    /// - Returns: the next job, when one was waiting.
    private func perform(_ job: Job) -> Job? {
        do {
            let connection = try connected(job)
            let completion = job.run(connection)
            if !connection.restore() || connection.hasExpired { disconnect() }
            let next = pool.release(self)
            completion()
            return next
        } catch {
            disconnect()
            return pool.connectFailed(self, job, error)
        }
    }

    private func connected(_ job: Job) throws(DatabaseError) -> Connection {
        if let connection, !connection.hasExpired, connection.checkIdle() { return connection }
        disconnect()
        if let refusal = pool.refusalToConnect() { throw refusal }
        do {
            let opened = try Connection(
                pool.parameters, pool.configuration, logger: pool.logger, interruption: job.interruption)
            connection = opened
            pool.connected(self, expiry: opened.expiry)
            return opened
        } catch {
            pool.connectEnded(with: error)
            throw error
        }
    }

    private func disconnect() {
        guard connection != nil else { return }
        connection = nil
        pool.disconnected(self)
    }
}
