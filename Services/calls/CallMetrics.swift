import ServiceRuntime

/// What ingestion looks like, read whenever somebody asks.
enum CallMetrics {
    static func add(of ingest: CallIngest, to registry: PrometheusRegistry) {
        registry.read("switchboard_calls_waiting", kind: .gauge, help: "Calls that wait or are being written.") {
            [MetricSample(Double(ingest.waiting))]
        }
    }
}
