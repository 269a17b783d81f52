/// Where PostgreSQL is and how much of it may be used. It holds a password: its description leaves the URL out.
package struct DatabaseConfiguration: Sendable {
    /// A `postgresql://` URL or libpq's `keyword=value` pairs. Everything that libpq knows passes through
    /// (`sslmode`, `sslrootcert`, `options`, several hosts …).
    package var url: String
    /// Shown in `pg_stat_activity`, unless the URL has one.
    package var applicationName: String
    /// Connections that stay open once they were needed.
    package var keptConnections = 10
    /// Connections that are opened beyond these on demand and closed when idle for `extraIdleTime`.
    package var extraConnections = 20
    package var extraIdleTime: Duration = .seconds(60)
    /// A connection is replaced after this time, less up to a tenth drawn at random.
    package var connectionLifetime: Duration = .seconds(3_600)
    package var connectTimeout: Duration = .seconds(10)
    /// Enforced by PostgreSQL, and by the client one `cancelGrace` later.
    package var statementTimeout: Duration = .seconds(15)
    /// PostgreSQL ends a session whose transaction waits for its next statement longer than this.
    package var idleInTransactionTimeout: Duration = .seconds(30)
    /// How long a request may wait for a free connection.
    package var acquireTimeout: Duration = .seconds(5)
    /// Requests that may wait for a free connection; the next one is refused at once.
    package var maxWaiting = 1_000
    /// How long a cancelled statement may take to end before its connection is given up.
    package var cancelGrace: Duration = .seconds(1)
    /// How long `close()` waits for running work before it interrupts it.
    package var closeTimeout: Duration = .seconds(20)
    /// Prepared statements kept per connection; the least recently used go first.
    package var maxPreparedStatements = 200

    package init(url: String, applicationName: String = "switchboard") {
        self.url = url
        self.applicationName = applicationName
    }
}

extension DatabaseConfiguration: CustomStringConvertible, CustomDebugStringConvertible {
    package var description: String { "DatabaseConfiguration(applicationName: \(applicationName))" }
    package var debugDescription: String { description }
}
