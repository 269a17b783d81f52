import Bus
import ServiceRuntime

extension FollowerProgress {
    /// Progress that shows in the metrics and at `/readyz`.
    static func shown<Owner: EventOwner>(
        of owner: Owner.Type, metrics: PrometheusRegistry, readiness: ReadinessChecks
    ) -> FollowerProgress {
        let name = "switchboard_statistics_\(Owner.name)"
        metrics.describe("\(name)_lag_seconds", help: "From the news of an event to the commit of what it changes.")
        let timer = metrics.makeTimer(label: "\(name)_lag_seconds", dimensions: [])
        let progress = FollowerProgress(recordLag: { timer.recordNanoseconds($0) })
        metrics.read("\(name)_behind_seconds", help: "Since the statistics had every event; absent before that.") {
            progress.secondsBehind.map { [MetricSample($0)] } ?? []
        }
        metrics.read("\(name)_events_total", kind: .counter, help: "Events worked into the statistics.") {
            [MetricSample(Double(progress.counts.events))]
        }
        metrics.read("\(name)_batches_total", kind: .counter, help: "Transactions that worked events in.") {
            [MetricSample(Double(progress.counts.batches))]
        }
        metrics.read("\(name)_position", help: "The last event of each partition that this process worked in.") {
            progress.positions.enumerated().map { partition, number in
                MetricSample(Double(number), labels: [(name: "partition", value: String(partition))])
            }
        }
        readiness.register("\(Owner.name)-events") { progress.readiness }
        return progress
    }
}
