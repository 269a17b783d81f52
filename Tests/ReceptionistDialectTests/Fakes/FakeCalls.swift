import Bus
import Contracts
import Foundation
import NIOConcurrencyHelpers

/// Calls and analytics on one array.
final class FakeCalls: Sendable {
    struct State {
        var calls: [(workspace: WorkspaceID, asked: LogCall, record: CallRecord)] = []
        var callers: [Caller] = []
        var contexts: [RequestContext?] = []
        /// Thrown instead of storing.
        var failure: Fault?
        var batches: [Int] = []
    }

    let state = NIOLockedValueBox(State())

    func serve(on bus: InMemoryBus) {
        bus.serve(LogCall.self) { request, caller in try self.log(request, caller) }
        bus.serve(LogCalls.self) { request, caller in
            self.state.withLockedValue { $0.batches.append(request.calls.count) }
            return LoggedCalls(
                results: request.calls.map { call in
                    do {
                        return .success(try self.log(call, caller))
                    } catch {
                        return .failure(error as? Fault ?? .unexpected())
                    }
                })
        }
        bus.serve(GetCall.self) { request, caller in
            let calls = self.records(try caller.requireWorkspace())
            guard let call = calls.first(where: { $0.id == request.id }) else { throw Fault(.callNotFound) }
            return call
        }
        bus.serve(ListCalls.self) { request, caller in try self.page(request, try caller.requireWorkspace()) }
        bus.serve(GetTotals.self) { request, caller in self.totals(request, try caller.requireWorkspace()) }
        bus.serve(GetDailyTotals.self) { request, caller in
            let calls = self.records(try caller.requireWorkspace())
            let days = Dictionary(grouping: calls) { $0.facts.createdAt.day }
            return DailyTotals(
                days: days.filter { (request.from...request.through).contains($0.key) }.sorted { $0.key < $1.key }
                    .map { .init(day: $0.key, measures: Self.measures($0.value)) })
        }
    }

    private func log(_ request: LogCall, _ caller: Caller) throws -> LoggedCall {
        let workspace = try caller.requireWorkspace()
        return try state.withLockedValue { state in
            state.callers.append(caller)
            state.contexts.append(RequestContext.current)
            if let failure = state.failure { throw failure }
            let keyed = request.keyID.flatMap { key in state.calls.first { $0.asked.keyID == key } }
            if let known = keyed ?? state.calls.first(where: { $0.record.id == request.id }) {
                var again = request
                again.keyID = known.asked.keyID
                guard known.asked == again else { throw Fault(.keyReused) }
                return LoggedCall(
                    id: request.id, clientID: request.clientID, createdAt: known.record.facts.createdAt,
                    isReplayed: true)
            }
            let facts = CallFacts(
                clientID: request.clientID, agentID: nil, campaignID: nil, channel: .phone, status: .completed,
                success: request.success, sentiment: request.sentiment, durationMS: request.durationMS,
                latencies: request.latencies, costMicros: 0, endCategory: .completed, isSimulated: false,
                createdAt: request.createdAt ?? .now())
            let record = CallRecord(
                id: request.id, facts: facts, clientName: "Dr. Mike's Dental", clientPhone: "+1-555-0100",
                otherPartyPhone: request.callerPhone, otherPartyName: request.callerName,
                transcript: request.transcript,
                recordingURL: request.recordingURL, notes: request.notes, carrierEndCode: nil, endedAt: .now(),
                version: 1)
            state.calls.append((workspace, request, record))
            return LoggedCall(
                id: request.id, clientID: request.clientID, createdAt: facts.createdAt, isReplayed: false)
        }
    }

    func records(_ workspace: WorkspaceID) -> [CallRecord] {
        state.withLockedValue { $0.calls.filter { $0.workspace == workspace }.map(\.record).reversed() }
    }

    private func page(_ request: ListCalls, _ workspace: WorkspaceID) throws -> CallPage {
        let all = records(workspace).filter { call in
            (request.clientID == nil || call.facts.clientID == request.clientID)
                && request.from.map { call.facts.createdAt >= $0.start } ?? true
        }
        let start =
            request.after.flatMap { cursor in all.firstIndex { $0.id.uuid == cursor.id }.map { $0 + 1 } }
            ?? request.offset
        let calls = Array(all.dropFirst(start).prefix(request.limit))
        let isLast = start + calls.count >= all.count
        return CallPage(
            calls: calls, total: request.wantsTotal ? all.count : 0,
            next: isLast ? nil : calls.last.map { PageCursor(at: $0.facts.createdAt, id: $0.id.uuid) })
    }

    private func totals(_ request: GetTotals, _ workspace: WorkspaceID) -> Totals {
        let calls = records(workspace).filter { call in
            if case .client(let id) = request.about { call.facts.clientID == id } else { true }
        }
        let zero = LatencyPercentiles()
        let measured = LatencyPercentiles(p50Micros: 150_000, p95Micros: 210_480, p99Micros: 250_000)
        return Totals(
            measures: Self.measures(calls), clients: 1, stt: request.withLatencies ? measured : zero, llm: zero,
            tts: zero)
    }

    private static func measures(_ calls: [CallRecord]) -> Measures {
        var measures = Measures()
        for call in calls.map(\.facts) {
            measures[.calls] += 1
            measures[.ended] += 1
            measures[.successes] += call.success ? 1 : 0
            measures[.durationMS] += call.durationMS
            switch call.sentiment {
            case .positive: measures[.positive] += 1
            case .neutral: measures[.neutral] += 1
            case .negative: measures[.negative] += 1
            }
            if let stt = call.latencies.sttMicros {
                measures[.sttCount] += 1
                measures[.sttMicros] += stt
            }
        }
        return measures
    }
}
