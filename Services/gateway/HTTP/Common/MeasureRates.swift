import Contracts

/// What sums of calls come to, rounded to whole units; zero over nothing.
extension Measures {
    /// Calls that have ended well.
    package var completed: Int { self[.ended] - self[.failed] }
    /// Over calls that have ended.
    package var averageDurationMS: Int { rounded(self[.durationMS], over: self[.ended]) }
    /// Successes per ended call in tenths of a percent.
    package var successTenths: Int { rounded(self[.successes] * 1000, over: self[.ended]) }
    package var costPerCallMicros: Int { rounded(self[.costMicros], over: self[.calls]) }
    /// How long the other party waited for an answer, over calls of which that is known.
    package var averageResponseMicros: Int { rounded(self[.responseMicros], over: self[.responses]) }

    private func rounded(_ sum: Int, over count: Int) -> Int {
        count > 0 ? (sum + count / 2) / count : 0
    }
}
