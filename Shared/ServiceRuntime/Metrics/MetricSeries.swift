import Metrics
import NIOConcurrencyHelpers
import Synchronization

/// One line of a metric, or the lines of one histogram: what its labels are counted under.
protocol MetricSeries: AnyObject, Sendable {
    /// Appends this series' samples; `labels` are rendered, without braces, empty for none.
    func append(name: String, labels: String, to text: inout PrometheusText)
}

/// A number that only grows; integers are exact.
final class CounterSeries: MetricSeries, CounterHandler, FloatingPointCounterHandler {
    private let whole = Atomic<Int64>(0)
    private let fraction = Atomic<UInt64>(Double(0).bitPattern)

    /// Amounts below zero are ignored; at Int64.max it stays.
    func increment(by amount: Int64) {
        guard amount > 0 else { return }
        let (old, new) = whole.wrappingAdd(amount, ordering: .relaxed)
        if new < old { whole.store(.max, ordering: .relaxed) }
    }

    func increment(by amount: Double) {
        guard amount > 0, amount.isFinite else { return }
        fraction.addDouble(amount)
    }

    /// The integers counted so far.
    var count: Int64 { whole.load(ordering: .relaxed) }

    /// Does nothing: a counter that goes down looks like a restarted process.
    func reset() {}

    func append(name: String, labels: String, to text: inout PrometheusText) {
        let extra = Double(bitPattern: fraction.load(ordering: .relaxed))
        let value = extra == 0 ? String(count) : PrometheusText.number(Double(count) + extra)
        text.sample(name, labels: labels, value: value)
    }
}

/// A number that goes up and down.
final class GaugeSeries: MetricSeries, MeterHandler, RecorderHandler {
    private let bits = Atomic<UInt64>(Double(0).bitPattern)

    func set(_ value: Int64) { set(Double(value)) }
    func set(_ value: Double) { bits.store(value.bitPattern, ordering: .relaxed) }
    func increment(by amount: Double) { bits.addDouble(amount) }
    func decrement(by amount: Double) { bits.addDouble(-amount) }
    func record(_ value: Int64) { set(Double(value)) }
    func record(_ value: Double) { set(value) }

    func append(name: String, labels: String, to text: inout PrometheusText) {
        let value = Double(bitPattern: bits.load(ordering: .relaxed))
        text.sample(name, labels: labels, value: PrometheusText.number(value))
    }
}

/// How often values fell below each of a few fixed bounds, and their sum.
final class HistogramSeries: MetricSeries, TimerHandler, RecorderHandler {
    private struct State {
        /// One more than there are bounds; each counts its own values only.
        var counts: [UInt64]
        var sum: Double
    }

    /// Ascending.
    private let bounds: [Double]
    private let state: NIOLockedValueBox<State>

    init(bounds: [Double]) {
        self.bounds = bounds
        state = NIOLockedValueBox(State(counts: Array(repeating: 0, count: bounds.count + 1), sum: 0))
    }

    func recordNanoseconds(_ duration: Int64) { record(Double(duration) / 1e9) }
    func record(_ value: Int64) { record(Double(value)) }

    /// NaN is ignored.
    func record(_ value: Double) {
        guard !value.isNaN else { return }
        var index = 0
        while index < bounds.count, value > bounds[index] { index += 1 }
        state.withLockedValue { state in
            state.counts[index] &+= 1
            state.sum += value
        }
    }

    func append(name: String, labels: String, to text: inout PrometheusText) {
        let snapshot = state.withLockedValue { $0 }
        let separator = labels.isEmpty ? "" : ","
        var total: UInt64 = 0
        for (index, count) in snapshot.counts.enumerated() {
            total &+= count
            let bound = index < bounds.count ? PrometheusText.number(bounds[index]) : "+Inf"
            text.sample(name + "_bucket", labels: "\(labels)\(separator)le=\"\(bound)\"", value: String(total))
        }
        text.sample(name + "_sum", labels: labels, value: PrometheusText.number(snapshot.sum))
        text.sample(name + "_count", labels: labels, value: String(total))
    }
}

extension Synchronization.Atomic where Value == UInt64 {
    /// Adds to the Double whose bits this holds.
    fileprivate borrowing func addDouble(_ amount: Double) {
        var current = load(ordering: .relaxed)
        while true {
            let sum = (Double(bitPattern: current) + amount).bitPattern
            let (exchanged, original) = weakCompareExchange(expected: current, desired: sum, ordering: .relaxed)
            guard !exchanged else { return }
            current = original
        }
    }
}
