import ServiceRuntime
import Synchronization

/// What the checks of this process have found so far.
final class CheckCounts: Sendable {
    private let checked = Atomic<Int>(0)
    private let differences = Atomic<Int>(0)

    func add(_ finding: StatisticsCheck.Finding) {
        checked.add(finding.rowCount, ordering: .relaxed)
        differences.add(finding.differences.count, ordering: .relaxed)
    }

    var checkedCount: Int { checked.load(ordering: .relaxed) }
    var differenceCount: Int { differences.load(ordering: .relaxed) }

    func show(in metrics: PrometheusRegistry) {
        metrics.read(
            "switchboard_verify_checked_total", kind: .counter,
            help: "Rows of the statistics that were compared with a recompute."
        ) { [MetricSample(Double(self.checkedCount))] }
        metrics.read(
            "switchboard_verify_differences_total", kind: .counter,
            help: "Numbers of the statistics that differed from a recompute; anything but 0 is a defect."
        ) { [MetricSample(Double(self.differenceCount))] }
    }
}
