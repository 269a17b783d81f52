import Bus
import Contracts

struct GetTotalsHandler: Sendable {
    let statistics: any StatisticsRepository

    @Sendable func handle(_ request: GetTotals, from caller: Caller) async throws -> Totals {
        let subject = RollupSubject(request.about, in: try caller.requireWorkspace())
        let kept = try await statistics.totals(of: subject, withLatencies: request.withLatencies)
        func percentiles(_ component: LatencyComponent) -> LatencyPercentiles {
            (kept.latencies[component] ?? LatencyDistribution()).percentiles
        }
        return Totals(
            measures: kept.measures, clients: kept.clients, stt: percentiles(.stt), llm: percentiles(.llm),
            tts: percentiles(.tts))
    }
}
