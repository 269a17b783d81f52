import Bus
import Contracts

/// Where statistics are kept, together with how far the events are worked into them.
protocol StatisticsRepository: Sendable {
    /// How far an owner's log is worked in: the last number of each partition, 0 where nothing was.
    func positions(in owner: String) async throws -> [Int]

    /// Works in a batch of an owner's log: the change and the new positions, together or not at all.
    /// - Parameter expected: the positions that the batch goes on from.
    /// - Throws: `EventPositionsMoved` when somebody else has worked on these events meanwhile.
    func apply(
        _ change: StatisticsChange, of batch: [EventRecord], owner: String, from expected: [Int]
    ) async throws

    /// Sums over a range of days, or over all time; zeros for a subject without calls.
    func totals(of subject: RollupSubject, in days: DayRange?, withLatencies: Bool) async throws -> KeptTotals

    /// Sums over a range of days or all time, with latencies, for subjects of one workspace; those without calls are left
    /// out.
    func totals(of subjects: [RollupSubject], in days: DayRange?) async throws -> [RollupSubject: KeptTotals]

    /// Those in most calls first; of equals the first in the order of their bytes.
    func topPhrases(of subject: RollupSubject, in days: DayRange?, limit: Int) async throws -> [TopPhrases.Phrase]

    /// Days that have calls, oldest first.
    func days(
        of subject: RollupSubject, from first: CalendarDay, through last: CalendarDay
    ) async throws -> [DailyTotals.Day]

    /// Hours that have calls, oldest first; of a workspace or an agent.
    func hours(of subject: RollupSubject, in range: HourRange) async throws -> [HourlyTotals.Hour]

    /// All that is kept of a workspace's calls and how far their log is worked in, as of one moment.
    func kept(of workspaceID: WorkspaceID) async throws -> KeptRollup

    /// How many active clients a workspace has and how far the agents' log is worked in, as of one moment.
    func keptClients(of workspaceID: WorkspaceID) async throws -> KeptClients

    /// Every workspace of which anything is kept.
    func workspaces() async throws -> Set<WorkspaceID>
}

/// What is kept of one subject over all time.
struct KeptTotals: Sendable, Equatable {
    var measures = Measures()
    /// Active clients of the workspace.
    var clients = 0
    /// Empty unless asked for.
    var latencies: [LatencyComponent: LatencyDistribution] = [:]
}

/// What is kept of one workspace's calls.
struct KeptRollup: Sendable, Equatable {
    var rollup = Rollup()
    /// The last number of the workspace's partition that is in here.
    var position = 0
}

/// What is kept of one workspace's clients.
struct KeptClients: Sendable, Equatable {
    var count = 0
    /// The last number of the workspace's partition that is in here.
    var position = 0
}
