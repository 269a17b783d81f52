/// A snapshot of a pool, for metrics.
package struct DatabaseStatistics: Sendable, Hashable {
    /// False while the last attempt to connect failed.
    package internal(set) var isAvailable = true
    /// Connections to PostgreSQL.
    package internal(set) var open = 0
    /// Threads that wait for work.
    package internal(set) var idle = 0
    /// Threads that work or connect.
    package internal(set) var inUse = 0
    /// Requests that wait for a connection.
    package internal(set) var waiting = 0
    /// Connections made since the start; beyond `open`, they replaced others.
    package internal(set) var connectCount = 0
    package internal(set) var connectFailureCount = 0
    /// Requests refused because too many waited or because one waited for too long.
    package internal(set) var refusedCount = 0
}
