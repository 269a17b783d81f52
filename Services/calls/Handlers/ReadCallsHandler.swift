import Bus
import Contracts

/// Answers with stored calls.
struct ReadCallsHandler: Sendable {
    let calls: any CallRepository

    @Sendable func handle(_ request: GetCall, from caller: Caller) async throws -> CallRecord {
        try await calls.call(request.id, in: caller.requireWorkspace()).record
    }

    @Sendable func handle(_ request: ListLastCalls, from caller: Caller) async throws -> LastCalls {
        guard request.agentIDs.count <= 1000 else {
            throw Fault(.inputInvalid, "at most 1000 agents can be asked for at a time", field: "agent_ids")
        }
        return LastCalls(moments: try await calls.lastCalls(of: request.agentIDs, in: caller.requireWorkspace()))
    }

    @Sendable func handle(_ request: ListCalls, from caller: Caller) async throws -> CallPage {
        guard (1...1000).contains(request.limit) else {
            throw Fault(.inputInvalid, "limit must be from 1 to 1000", field: "limit")
        }
        guard request.offset >= 0 else { throw Fault(.inputInvalid, "offset must be 0 or more", field: "offset") }
        return try await calls.page(request, in: caller.requireWorkspace())
    }
}
