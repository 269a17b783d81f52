import Bus
import Contracts

/// Moves calls on in their life, and deletes them.
struct ChangeCallHandler: Sendable {
    let calls: any CallRepository
    let things: NamedThings
    var now: @Sendable () -> Timestamp = { .now() }

    /// How often a change that somebody else's came before is worked out anew.
    private static let attempts = 20

    @Sendable func handle(_ request: ChangeCall, from caller: Caller) async throws -> CallRecord {
        let workspaceID = try caller.requireWorkspace()
        try CallLimits.check(request.fields)
        let agentID = try await things.check(request.fields, for: caller)
        var fields = request.fields
        for _ in 0..<Self.attempts {
            let call = try await calls.call(request.id, in: workspaceID)
            try call.require(request.expectedVersion)
            if call.state.facts.agentID == nil { fields.agentID = fields.agentID ?? agentID }
            let now = now()
            let next = try call.state.changed(by: fields, at: now)
            if next == call.state { return call.record }
            if try await calls.replace(call, by: next, in: workspaceID, at: now) {
                return call.replaced(by: next, at: now).record
            }
        }
        throw Fault(.unavailable, retryAfterMS: 1000)
    }

    @Sendable func handle(_ request: DeleteCall, from caller: Caller) async throws -> Done {
        let workspaceID = try caller.requireWorkspace()
        for _ in 0..<Self.attempts {
            let call = try await calls.call(request.id, in: workspaceID)
            try call.require(request.expectedVersion)
            if try await calls.replace(call, by: nil, in: workspaceID, at: now()) { return Done() }
        }
        throw Fault(.unavailable, retryAfterMS: 1000)
    }
}

extension StoredCall {
    /// - Throws: `.versionChanged` when it has another version than the asker expects.
    fileprivate func require(_ expected: Int?) throws {
        guard expected == nil || expected == version else { throw Fault(.versionChanged) }
    }
}
