import Bus
import Contracts

/// Lets each ticket through once.
struct SpendTicketHandler {
    let tickets: any TicketRepository
    var now: @Sendable () -> Timestamp = { .now() }

    @Sendable func handle(_ request: SpendTicket, from caller: Caller) async throws -> Done {
        try caller.requireService()
        let workspaceID = try caller.requireWorkspace()
        guard now() < request.expiresAt else { throw Fault(.tokenExpired) }
        guard try await tickets.spend(request.id, until: request.expiresAt, in: workspaceID) else {
            throw Fault(.tokenInvalid)
        }
        return Done()
    }
}
