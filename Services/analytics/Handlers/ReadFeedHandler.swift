import Bus
import Contracts

struct ReadFeedHandler: Sendable {
    let feeds: any FeedRepository

    @Sendable func handle(_ request: ReadFeed, from caller: Caller) async throws -> FeedPage {
        let workspaceID = try caller.requireWorkspace()
        return try await feeds.page(
            of: workspaceID, after: max(0, request.after), limit: min(max(0, request.limit), 1000))
    }

    @Sendable func handle(_ request: ListFeedHeads, from caller: Caller) async throws -> FeedHeads {
        guard case .service = caller.identity else { throw Fault(.permissionDenied) }
        guard request.workspaceIDs.count <= 1000 else {
            throw Fault(.inputInvalid, "At most 1000 workspaces may be asked for")
        }
        guard !request.workspaceIDs.isEmpty else { return FeedHeads(heads: []) }
        return FeedHeads(heads: try await feeds.heads(of: request.workspaceIDs))
    }
}
