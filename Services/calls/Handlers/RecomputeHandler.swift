import Bus
import Contracts

/// Adds up stored calls for analytics' check of its statistics.
struct RecomputeHandler: Sendable {
    let recompute: PostgresRecompute

    @Sendable func handle(_ request: ListCallWorkspaces, from caller: Caller) async throws -> WorkspaceList {
        try caller.requireService()
        let limit = min(max(request.limit, 1), 1000)
        return WorkspaceList(ids: try await recompute.workspaces(after: request.after, limit: limit))
    }

    @Sendable func handle(_ request: RecomputeStatistics, from caller: Caller) async throws -> RecomputedStatistics {
        try caller.requireService()
        guard (1...256).contains(request.partCount), (0..<request.partCount).contains(request.part) else {
            throw Fault(.inputInvalid, field: "part")
        }
        return try await recompute.statistics(
            of: caller.requireWorkspace(), part: request.part, partCount: request.partCount)
    }
}
