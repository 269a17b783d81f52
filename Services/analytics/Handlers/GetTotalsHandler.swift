import Bus
import Contracts

struct GetTotalsHandler: Sendable {
    let statistics: any StatisticsRepository

    @Sendable func handle(_ request: GetTotals, from caller: Caller) async throws -> Totals {
        let subject = RollupSubject(request.about, in: try caller.requireWorkspace())
        return Totals(
            try await statistics.totals(of: subject, in: request.days, withLatencies: request.withLatencies))
    }

    @Sendable func handle(_ request: ListTotals, from caller: Caller) async throws -> TotalsList {
        let workspaceID = try caller.requireWorkspace()
        guard request.about.count <= 1000 else { throw Fault(.inputInvalid, "At most 1000 subjects may be asked for") }
        let subjects = request.about.map { RollupSubject($0, in: workspaceID) }
        let kept = try await statistics.totals(of: subjects, in: request.days)
        return TotalsList(totals: subjects.map { Totals(kept[$0] ?? KeptTotals()) })
    }
}

extension Totals {
    fileprivate init(_ kept: KeptTotals) {
        func percentiles(_ component: LatencyComponent) -> LatencyPercentiles {
            (kept.latencies[component] ?? LatencyDistribution()).percentiles
        }
        self.init(
            measures: kept.measures, clients: kept.clients, stt: percentiles(.stt), llm: percentiles(.llm),
            tts: percentiles(.tts))
    }
}
