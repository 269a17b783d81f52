import Bus
import Contracts

/// Stores finished calls, one or many at a time.
struct LogCallHandler: Sendable {
    let calls: any CallRepository
    let clients: ClientLookup
    var now: @Sendable () -> Timestamp = { .now() }

    @Sendable func handle(_ request: LogCall, from caller: Caller) async throws -> LoggedCall {
        let workspaceID = try caller.requireWorkspace()
        let client = try await clients.active(request.clientID, for: caller)
        let call = try NewCall.logged(request, in: workspaceID, agentID: client.agentID, at: now())
        return try await calls.store([call])[0].get()
    }

    @Sendable func handle(_ request: LogCalls, from caller: Caller) async throws -> LoggedCalls {
        let workspaceID = try caller.requireWorkspace()
        guard (1...1000).contains(request.calls.count) else {
            throw Fault(.inputInvalid, "A batch has 1 to 1000 calls")
        }
        var results = [Result<LoggedCall, Fault>](repeating: .failure(.unexpected()), count: request.calls.count)
        var accepted: [(place: Int, call: NewCall)] = []
        for (place, item) in request.calls.enumerated() {
            do {
                let client = try await clients.active(item.clientID, for: caller)
                accepted.append(
                    (place, try NewCall.logged(item, in: workspaceID, agentID: client.agentID, at: now())))
            } catch let fault as Fault {
                results[place] = .failure(fault)
            }
        }
        let stored = await calls.store(accepted.map(\.call))
        for (result, item) in zip(stored, accepted) { results[item.place] = result }
        return LoggedCalls(results: results)
    }
}
