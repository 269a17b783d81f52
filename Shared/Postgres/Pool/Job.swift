/// Work for a connection's thread.
final class Job: Sendable {
    /// Runs on the thread; what it returns is called when the connection is free again.
    let run: @Sendable (Connection) -> @Sendable () -> Void
    /// Called instead when no connection can be had.
    let fail: @Sendable (DatabaseError) -> Void
    let interruption: Interruption
    /// Until then a connection must have been found.
    let deadline: Deadline

    init(
        interruption: Interruption, deadline: Deadline,
        run: @escaping @Sendable (Connection) -> @Sendable () -> Void,
        fail: @escaping @Sendable (DatabaseError) -> Void
    ) {
        self.run = run
        self.fail = fail
        self.interruption = interruption
        self.deadline = deadline
    }
}
