import Bus
import Contracts
import Foundation
import Synchronization

@testable import agents

/// The owner of calls, as far as dialling knows it: calls that move forward, and the log of their changes.
final class CallsDouble: Sendable {
    struct Call: Sendable {
        var workspaceID: UUID
        var recordedCount = 1
        var facts: CallFacts
    }

    private struct State {
        var calls: [CallID: Call] = [:]
        var log: [[EventRecord]] = .init(repeating: [], count: EventPartition.count)
        var isAway = false
    }

    private let state = Mutex(State())
    private let bus: InMemoryBus

    init(on bus: InMemoryBus) {
        self.bus = bus
        bus.serve(RecordCall.self) { [self] request, caller in
            try record(request, caller)
        }
        bus.serve(ChangeCall.self) { [self] request, caller in
            try change(request.id, request.fields, caller)
        }
        bus.serve(EventsAfter<CallsEvents>.self) { [self] request, _ in events(after: request) }
    }

    var calls: [CallID: Call] { state.withLock { $0.calls } }

    /// As if no process of the service were there.
    func setAway(_ isAway: Bool) {
        state.withLock { $0.isAway = isAway }
    }

    /// What the product's own route does when somebody says how a call goes on.
    func end(_ id: CallID, _ status: CallStatus, _ category: EndCategory? = nil) throws {
        var fields = CallFields()
        fields.status = status
        fields.endCategory = category
        let workspaceID = state.withLock { $0.calls[id]?.workspaceID }
        _ = try change(id, fields, .service("test", workspaceID: workspaceID))
    }

    func delete(_ id: CallID) {
        let workspaceID = state.withLock { state -> UUID? in
            guard let call = state.calls.removeValue(forKey: id) else { return nil }
            Self.append(CallChanged(id: id, version: 9, before: call.facts, after: nil), call.workspaceID, &state)
            return call.workspaceID
        }
        publish(workspaceID)
    }

    private func record(_ request: RecordCall, _ caller: Caller) throws -> RecordedCall {
        guard let workspaceID = caller.workspaceID else { throw Fault(.permissionDenied) }
        let facts = CallFacts(
            clientID: nil, agentID: request.fields.agentID, campaignID: request.fields.campaignID, channel: .phone,
            status: request.fields.status ?? .initiated, success: false, sentiment: .neutral, durationMS: 0,
            latencies: ComponentLatencies(), costMicros: 0, endCategory: nil, isSimulated: request.isSimulated,
            createdAt: .now())
        let isReplayed = try state.withLock { state in
            guard !state.isAway else { throw Fault(.unavailable) }
            guard state.calls[request.id] == nil else {
                state.calls[request.id]?.recordedCount += 1
                return true
            }
            state.calls[request.id] = Call(workspaceID: workspaceID, facts: facts)
            Self.append(CallChanged(id: request.id, version: 1, before: nil, after: facts), workspaceID, &state)
            return false
        }
        publish(workspaceID)
        return RecordedCall(call: Self.shown(request.id, facts), isReplayed: isReplayed)
    }

    private func change(_ id: CallID, _ fields: CallFields, _ caller: Caller) throws -> CallRecord {
        let (facts, workspaceID) = try state.withLock { state -> (CallFacts, UUID) in
            guard !state.isAway else { throw Fault(.unavailable) }
            guard var call = state.calls[id], call.workspaceID == caller.workspaceID else {
                throw Fault(.callNotFound)
            }
            let before = call.facts
            let order = CallStatus.allCases
            if let status = fields.status, status != before.status {
                guard !before.status.isEnd, order.firstIndex(of: status)! > order.firstIndex(of: before.status)! else {
                    throw Fault(.statusBackwards)
                }
                call.facts.status = status
            }
            call.facts.endCategory = fields.endCategory ?? before.endCategory
            guard call.facts != before else { return (before, call.workspaceID) }
            state.calls[id] = call
            Self.append(
                CallChanged(id: id, version: 2, before: before, after: call.facts), call.workspaceID, &state)
            return (call.facts, call.workspaceID)
        }
        publish(workspaceID)
        return Self.shown(id, facts)
    }

    private static func append(_ change: CallChanged, _ workspaceID: UUID, _ state: inout State) {
        let partition = EventPartition.of(workspaceID)
        state.log[partition].append(
            EventRecord(
                partition: partition, number: state.log[partition].count + 1, workspaceID: workspaceID,
                kind: CallChanged.kind, payload: change.encoded()))
    }

    private func publish(_ workspaceID: UUID?) {
        guard let workspaceID else { return }
        bus.publish(EventsRecorded<CallsEvents>(partition: EventPartition.of(workspaceID)))
    }

    private func events(after request: EventsAfter<CallsEvents>) -> EventBatch {
        state.withLock { state in
            var found: [EventRecord] = []
            for (partition, position) in request.positions.enumerated() {
                found += state.log[partition].dropFirst(position).prefix(request.limit - found.count)
            }
            return EventBatch(events: found)
        }
    }

    private static func shown(_ id: CallID, _ facts: CallFacts) -> CallRecord {
        CallRecord(
            id: id, facts: facts, clientName: nil, clientPhone: nil, otherPartyPhone: "", otherPartyName: "",
            transcript: "", recordingURL: nil, notes: nil, carrierEndCode: nil, endedAt: nil, version: 1)
    }
}
