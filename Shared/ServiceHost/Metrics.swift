import Bus
import Logging
import Postgres
import ServiceRuntime

/// A pool's state, read whenever somebody asks.
enum DatabaseMetrics {
    static func add(_ database: Database, pool: String, to registry: PrometheusRegistry) {
        func read(
            _ name: String, _ kind: MetricKind, _ help: String,
            _ value: @escaping @Sendable (DatabaseStatistics) -> Int
        ) {
            registry.read("switchboard_database_\(pool)_\(name)", kind: kind, help: help) {
                [MetricSample(Double(value(database.statistics)))]
            }
        }
        read("connections_open", .gauge, "Connections to PostgreSQL.") { $0.open }
        read("connections_in_use", .gauge, "Connections that work.") { $0.inUse }
        read("waiting", .gauge, "Requests that wait for a connection.") { $0.waiting }
        read("refused_total", .counter, "Requests refused for want of a connection.") { $0.refusedCount }
        read("connects_total", .counter, "Connections made since the start.") { $0.connectCount }
        read("connect_failures_total", .counter, "Attempts to connect that failed.") { $0.connectFailureCount }
    }
}

extension Logger.MetadataProvider {
    /// Request id and trace id of the request that the task works for.
    package static let requestContext = Logger.MetadataProvider {
        guard let context = RequestContext.current else { return [:] }
        var metadata: Logger.Metadata = ["request_id": .string(context.requestID)]
        if let trace = context.traceparent?.split(separator: "-").dropFirst().first {
            metadata["trace_id"] = .string(String(trace))
        }
        return metadata
    }
}
