import Metrics
import NIOConcurrencyHelpers

/// Every metric of a process, written in Prometheus' text format on request; `MetricsSystem.bootstrap(registry)` makes
/// it the place where swift-metrics records.
///
/// Counters are named `…_total` and timers, which become histograms of seconds, `…_seconds`; both endings are added
/// when they are missing. A series lives as long as the process: destroying a metric keeps its count.
package final class PrometheusRegistry: Sendable {
    /// Bounds in seconds of timers, and of recorders without a description of their own.
    package static let defaultBounds: [Double] = [
        0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30,
    ]

    struct Family {
        let kind: MetricKind
        let help: String
        let bounds: [Double]
        /// By rendered labels.
        var series: [String: any MetricSeries] = [:]
    }

    private struct Description {
        let help: String
        let bounds: [Double]?
    }

    private struct State {
        var families: [String: Family] = [:]
        var descriptions: [String: Description] = [:]
        var readings: [String: MetricReading] = [:]
    }

    private let maximumFamilies: Int
    private let maximumSeries: Int
    private let state = NIOLockedValueBox(State())
    private let refused = CounterSeries()

    /// - Parameters:
    ///   - maximumFamilies: metrics of different names; further ones are not kept.
    ///   - maximumSeries: sets of labels of one metric; further ones are counted together, each label as `other`.
    package init(maximumFamilies: Int = 500, maximumSeries: Int = 1000) {
        self.maximumFamilies = maximumFamilies
        self.maximumSeries = maximumSeries
        read("metrics_refused_total", kind: .counter, help: "Metrics that were not kept under their own labels.") {
            [refused] in refused.samples
        }
    }

    /// Says what a metric is, before it is first made.
    /// - Parameters:
    ///   - name: as Prometheus shows it, ending included.
    ///   - bounds: ascending, in the metric's unit, for a recorder; nil for seconds.
    package func describe(_ name: String, help: String, bounds: [Double]? = nil) {
        precondition(bounds.map { $0 == $0.sorted() } ?? true, "\(name) has bounds out of order")
        state.withLockedValue { $0.descriptions[name] = Description(help: help, bounds: bounds) }
    }

    /// Adds a metric that is read each time somebody asks, such as the length of a queue.
    /// - Parameter read: gives the samples; called on the health server's thread, must not block.
    package func read(
        _ name: String, kind: MetricKind = .gauge, help: String, read: @escaping @Sendable () -> [MetricSample]
    ) {
        precondition(kind != .histogram, "\(name): a histogram cannot be read")
        state.withLockedValue { $0.readings[name] = MetricReading(kind: kind, help: help, samples: read) }
    }

    /// All metrics in Prometheus' text format, by name.
    package func rendered() -> String {
        let (families, readings) = state.withLockedValue { ($0.families, $0.readings) }
        var text = PrometheusText()
        for name in Set(families.keys).union(readings.keys).sorted() {
            if let reading = readings[name] {
                reading.append(name: name, to: &text)
            } else if let family = families[name] {
                text.header(name, kind: family.kind, help: family.help)
                for (labels, series) in family.series.sorted(by: { $0.key < $1.key }) {
                    series.append(name: name, labels: labels, to: &text)
                }
            }
        }
        return text.text
    }

    /// The series with this name and these labels, made by `make` when there is none. A metric beyond the limits, or
    /// of another kind than the first one of its name, records into a shared or an unseen series.
    func series<Series: MetricSeries>(
        _ name: String, kind: MetricKind, dimensions: [(String, String)], make: ([Double]) -> Series
    ) -> Series {
        let labels = Self.labels(dimensions, kind: kind)
        return state.withLockedValue { state in
            if state.families[name] == nil {
                guard state.families.count < maximumFamilies, state.readings[name] == nil else {
                    return refuse(make)
                }
                let description = state.descriptions[name]
                state.families[name] = Family(
                    kind: kind, help: description?.help ?? Self.help(from: name),
                    bounds: description?.bounds ?? Self.defaultBounds)
            }
            guard let family = state.families[name], family.kind == kind else { return refuse(make) }
            var key = PrometheusText.labels(labels)
            if family.series[key] == nil, family.series.count >= maximumSeries {
                refused.increment(by: Int64(1))
                key = PrometheusText.labels(labels.map { ($0.name, "other") })
            }
            if let known = family.series[key] { return known as? Series ?? refuse(make) }
            let made = make(family.bounds)
            state.families[name]?.series[key] = made
            return made
        }
    }

    private func refuse<Series>(_ make: ([Double]) -> Series) -> Series {
        refused.increment(by: Int64(1))
        return make(Self.defaultBounds)
    }

    /// Legal names in alphabetical order, each once.
    private static func labels(_ dimensions: [(String, String)], kind: MetricKind) -> [(name: String, value: String)] {
        var labels: [String: String] = [:]
        for (rawName, value) in dimensions {
            let name = PrometheusText.name(rawName)
            labels[name == "le" && kind == .histogram ? "le_" : name] =
                value.utf8.count <= 128 ? value : String(value.prefix(128))
        }
        return labels.sorted { $0.key < $1.key }.map { (name: $0.key, value: $0.value) }
    }

    private static func help(from name: String) -> String {
        let words = name.split(separator: "_").joined(separator: " ")
        return words.prefix(1).uppercased() + words.dropFirst() + "."
    }
}
