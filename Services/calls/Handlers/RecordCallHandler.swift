import Bus
import Contracts

/// Records a call from whatever moment of its life on.
struct RecordCallHandler: Sendable {
    let calls: any CallRepository
    let things: NamedThings
    var now: @Sendable () -> Timestamp = { .now() }

    @Sendable func handle(_ request: RecordCall, from caller: Caller) async throws -> RecordedCall {
        let workspaceID = try caller.requireWorkspace()
        guard request.fields.phoneNumber?.trimmed.isEmpty == false else {
            throw Fault(.inputInvalid, "phone_number is required", field: "phone_number")
        }
        if request.isSimulated { try caller.requireService() }
        let agentID = try await things.check(request.fields, for: caller)
        let call = try NewCall.recorded(request, in: workspaceID, agentID: agentID, at: now())
        let logged = try await calls.store([call])[0].get()
        // A replayed one may have moved on since.
        let record =
            logged.isReplayed
            ? try await calls.call(call.id, in: workspaceID).record
            : call.state.record(id: call.id, version: 1, clientName: nil, clientPhone: nil)
        return RecordedCall(call: record, isReplayed: logged.isReplayed)
    }
}

extension Caller {
    /// - Throws: `.permissionDenied` unless a service asks as itself.
    func requireService() throws {
        guard case .service = identity else { throw Fault(.permissionDenied) }
    }
}
