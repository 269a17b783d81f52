import Bus
import Contracts
import ServiceRuntime

/// Keeps the numbers that are never dialled.
struct SuppressionsHandler: Sendable {
    let suppressions: any SuppressionRepository
    var now: @Sendable () -> Timestamp = { .now() }
    var makeID: @Sendable () -> SuppressionID = { SuppressionID(UUIDv7.make()) }

    @Sendable func handle(
        _ request: CreateSuppression, from caller: Caller
    ) async throws -> Outcome<SuppressionRecord> {
        let workspaceID = try caller.requireWorkspace()
        let suppression = try Suppression.made(by: request, id: makeID(), createdBy: caller.person, at: now())
        return try await suppressions.add(suppression, under: request.idempotency, in: workspaceID)
    }

    @Sendable func handle(_ request: ListSuppressions, from caller: Caller) async throws -> SuppressionPage {
        let workspaceID = try caller.requireWorkspace()
        try PageBounds.check(limit: request.limit, offset: request.offset)
        return try await suppressions.page(request, in: workspaceID)
    }

    @Sendable func handle(_ request: DeleteSuppression, from caller: Caller) async throws -> Done {
        guard try await suppressions.remove(request.id, in: try caller.requireWorkspace()) else {
            throw Fault(.suppressionNotFound)
        }
        return Done()
    }
}
