import Bus
import Contracts

struct GetTopPhrasesHandler: Sendable {
    let statistics: any StatisticsRepository

    @Sendable func handle(_ request: GetTopPhrases, from caller: Caller) async throws -> TopPhrases {
        let subject = RollupSubject(request.about, in: try caller.requireWorkspace())
        guard (1...1000).contains(request.limit) else {
            throw Fault(.inputInvalid, "limit must be from 1 to 1000", field: "limit")
        }
        let totals = try await statistics.totals(of: subject, in: request.days, withLatencies: false)
        let phrases = try await statistics.topPhrases(of: subject, in: request.days, limit: request.limit)
        return TopPhrases(phrases: phrases, calls: totals.measures[.calls])
    }
}
