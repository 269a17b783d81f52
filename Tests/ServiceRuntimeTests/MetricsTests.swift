import Metrics
import Testing

@testable import ServiceRuntime

struct MetricsTests {
    let registry = PrometheusRegistry(maximumFamilies: 5, maximumSeries: 3)

    private func lines(_ prefix: String) -> [String] {
        registry.rendered().split(separator: "\n").map(String.init).filter { $0.hasPrefix(prefix) }
    }

    @Test func `a counter is named total and shares its series with its namesakes`() {
        registry.describe("calls_logged_total", help: "Calls\nlogged \\o/.")
        Counter(label: "calls.logged", dimensions: [("b", "2"), ("a", "1")], factory: registry).increment(by: 2)
        Counter(label: "calls_logged_total", dimensions: [("a", "1"), ("b", "2")], factory: registry).increment()
        #expect(lines("calls_logged_total{") == [#"calls_logged_total{a="1",b="2"} 3"#])
        #expect(lines("# HELP calls") == [#"# HELP calls_logged_total Calls\nlogged \\o/."#])
        #expect(lines("# TYPE calls") == ["# TYPE calls_logged_total counter"])
    }

    @Test func `a counter never goes down and never overflows`() {
        let counter = Counter(label: "n", factory: registry)
        counter.increment(by: 5)
        counter.increment(by: -3)
        counter.reset()
        #expect(lines("n_total ") == ["n_total 5"])
        counter.increment(by: Int64.max)
        counter.increment(by: Int64.max)
        #expect(lines("n_total ") == ["n_total \(Int64.max)"])
    }

    @Test func `a fractional counter adds up`() {
        let counter = FloatingPointCounter(label: "cost", factory: registry)
        counter.increment(by: 0.5)
        counter.increment(by: 0.25)
        counter.increment(by: -Double.infinity)
        #expect(lines("cost_total ") == ["cost_total 0.75"])
    }

    @Test func `labels are escaped and their names made legal`() {
        Meter(label: "2 level", dimensions: [("my-key", "a\"b\\c\nd")], factory: registry).set(1.5)
        #expect(lines("_2_level{") == [#"_2_level{my_key="a\"b\\c\nd"} 1.5"#])
    }

    @Test func `a gauge goes up and down`() {
        let meter = Meter(label: "level", factory: registry)
        meter.set(10)
        meter.increment(by: 2.0)
        meter.decrement(by: 5.0)
        Gauge(label: "other", factory: registry).record(-Double.infinity)
        #expect(lines("level ") == ["level 7"])
        #expect(lines("other ") == ["other -Inf"])
    }

    @Test func `a timer is a histogram of seconds`() {
        let timer = Timer(label: "wait", dimensions: [("le", "x")], factory: registry)
        timer.recordMilliseconds(1)
        timer.recordSeconds(20)
        timer.recordSeconds(100)
        let buckets = lines("wait_seconds_bucket")
        #expect(buckets.count == PrometheusRegistry.defaultBounds.count + 1)
        #expect(buckets.first == #"wait_seconds_bucket{le_="x",le="0.0005"} 0"#)
        #expect(buckets[1] == #"wait_seconds_bucket{le_="x",le="0.001"} 1"#)
        #expect(buckets.last == #"wait_seconds_bucket{le_="x",le="+Inf"} 3"#)
        #expect(lines("wait_seconds_count") == [#"wait_seconds_count{le_="x"} 3"#])
        #expect(lines("wait_seconds_sum") == [#"wait_seconds_sum{le_="x"} 120.001"#])
    }

    @Test func `a recorder takes the bounds of its description`() {
        registry.describe("batch_rows", help: "Rows of one batch.", bounds: [1, 10])
        let recorder = Recorder(label: "batch_rows", factory: registry)
        recorder.record(10)
        recorder.record(Double.nan)
        #expect(
            lines("batch_rows_bucket") == [
                #"batch_rows_bucket{le="1"} 0"#, #"batch_rows_bucket{le="10"} 1"#, #"batch_rows_bucket{le="+Inf"} 1"#,
            ])
    }

    @Test func `labels without end are counted together`() {
        for number in 0..<10 {
            Counter(label: "hits", dimensions: [("path", "/\(number)")], factory: registry).increment()
        }
        #expect(lines("hits_total{").count == 4)
        #expect(lines("hits_total{").last == #"hits_total{path="other"} 7"#)
        #expect(lines("metrics_refused_total ") == ["metrics_refused_total 7"])
    }

    @Test func `names without end and one name for two kinds are refused without harm`() {
        for number in 0..<10 { Counter(label: "c\(number)", factory: registry).increment() }
        Meter(label: "c0_total", factory: registry).set(7)
        #expect(lines("# TYPE c").count == 5)
        #expect(lines("c0_total ") == ["c0_total 1"])
        #expect(lines("metrics_refused_total ") == ["metrics_refused_total 6"])
    }

    @Test func `concurrent increments are all counted`() async {
        let counter = Counter(label: "hits", factory: registry)
        let sums = FloatingPointCounter(label: "sums", factory: registry)
        let timer = Timer(label: "time", factory: registry)
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    for _ in 0..<1000 {
                        counter.increment()
                        sums.increment(by: 0.5)
                        timer.recordNanoseconds(1)
                    }
                }
            }
        }
        #expect(lines("hits_total ") == ["hits_total 8000"])
        #expect(lines("sums_total ") == ["sums_total 4000"])
        #expect(lines("time_seconds_count ") == ["time_seconds_count 8000"])
    }

    @Test func `what is read on request shows the value of that moment`() {
        registry.read("queue_length", help: "Waiting.") { [MetricSample(3, labels: [(name: "q", value: "a")])] }
        #expect(lines("queue_length") == [#"queue_length{q="a"} 3"#])
    }

    @Test func `the process describes itself`() throws {
        ProcessMetrics.add(to: registry)
        for name in ["resident_memory_bytes", "open_fds", "threads", "start_time_seconds", "cpu_seconds_total"] {
            let line = try #require(lines("process_\(name) ").first)
            let value = try #require(line.split(separator: " ").last.flatMap { Double($0) })
            #expect(value > 0, "\(line)")
        }
    }
}
