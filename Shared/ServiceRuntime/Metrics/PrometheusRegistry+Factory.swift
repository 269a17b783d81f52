import Metrics

extension PrometheusRegistry: MetricsFactory {
    package func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        counter(label, dimensions)
    }

    package func makeFloatingPointCounter(
        label: String, dimensions: [(String, String)]
    ) -> any FloatingPointCounterHandler {
        counter(label, dimensions)
    }

    package func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
        gauge(label, dimensions)
    }

    package func makeRecorder(
        label: String, dimensions: [(String, String)], aggregate: Bool
    ) -> any RecorderHandler {
        guard aggregate else { return gauge(label, dimensions) }
        return series(PrometheusText.name(label), kind: .histogram, dimensions: dimensions) {
            HistogramSeries(bounds: $0)
        }
    }

    package func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        let name = Self.name(label, ending: "_seconds")
        return series(name, kind: .histogram, dimensions: dimensions) { HistogramSeries(bounds: $0) }
    }

    package func destroyCounter(_ handler: any CounterHandler) {}
    package func destroyFloatingPointCounter(_ handler: any FloatingPointCounterHandler) {}
    package func destroyMeter(_ handler: any MeterHandler) {}
    package func destroyRecorder(_ handler: any RecorderHandler) {}
    package func destroyTimer(_ handler: any TimerHandler) {}

    private func counter(_ label: String, _ dimensions: [(String, String)]) -> CounterSeries {
        series(Self.name(label, ending: "_total"), kind: .counter, dimensions: dimensions) { _ in CounterSeries() }
    }

    private func gauge(_ label: String, _ dimensions: [(String, String)]) -> GaugeSeries {
        series(PrometheusText.name(label), kind: .gauge, dimensions: dimensions) { _ in GaugeSeries() }
    }

    private static func name(_ label: String, ending: String) -> String {
        let name = PrometheusText.name(label)
        return name.hasSuffix(ending) ? name : name + ending
    }
}

extension CounterSeries {
    /// For a counter that is part of the registry itself.
    var samples: [MetricSample] { [MetricSample(Double(count))] }
}
