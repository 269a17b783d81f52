/// One number of a metric that is read on request.
package struct MetricSample: Sendable {
    package let labels: [(name: String, value: String)]
    package let value: Double

    package init(_ value: Double, labels: [(name: String, value: String)] = []) {
        self.value = value
        self.labels = labels
    }
}

/// A metric that is read on request.
struct MetricReading: Sendable {
    let kind: MetricKind
    let help: String
    let samples: @Sendable () -> [MetricSample]

    /// Nothing at all when there is no sample.
    func append(name: String, to text: inout PrometheusText) {
        let samples = samples()
        guard !samples.isEmpty else { return }
        text.header(name, kind: kind, help: help)
        for sample in samples {
            let labels = sample.labels.map { (name: PrometheusText.name($0.name), value: $0.value) }
            text.sample(name, labels: PrometheusText.labels(labels), value: PrometheusText.number(sample.value))
        }
    }
}
