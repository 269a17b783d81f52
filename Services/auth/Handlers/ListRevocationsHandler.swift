import Bus
import Contracts

/// What gateways must refuse, for one that starts or has lost its place in the event log.
struct ListRevocationsHandler {
    let revocations: any RevocationRepository
    var now: @Sendable () -> Timestamp = { .now() }

    @Sendable func handle(_ request: ListRevocations, from caller: Caller) async throws -> Revocations {
        try caller.requireService()
        return try await revocations.revocations(at: now())
    }
}
