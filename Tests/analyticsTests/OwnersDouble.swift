import Bus
import Contracts
import Foundation

@testable import analytics

/// The services of calls and of agents as analytics sees them.
final class OwnersDouble: @unchecked Sendable {
    private let lock = NSLock()
    private var history = EventHistory()
    private var clientLog = EventHistory()
    private var clientCounts: [WorkspaceID: Int] = [:]
    private var beforeRecompute: @Sendable () -> Void = {}
    let bus = InMemoryBus(logger: silentLogger)

    init() {
        bus.serve(EventsAfter<CallsEvents>.self) { request, _ in
            EventBatch(events: self.lock.withLock { self.history.after(request.positions, limit: request.limit) })
        }
        bus.serve(EventsAfter<AgentsEvents>.self) { request, _ in
            EventBatch(events: self.lock.withLock { self.clientLog.after(request.positions, limit: request.limit) })
        }
        bus.serve(ListCallWorkspaces.self) { request, _ in WorkspaceList(ids: self.workspaces(after: request.after)) }
        bus.serve(RecomputeStatistics.self) { request, caller in
            self.lock.withLock { self.beforeRecompute }()
            return self.recompute(request, try caller.requireWorkspace())
        }
        bus.serve(ListClients.self) { _, caller in
            let workspaceID = try caller.requireWorkspace()
            let count = self.lock.withLock { self.clientCounts[workspaceID] ?? 0 }
            return ClientPage(clients: [], total: count, next: nil)
        }
        bus.serve(Ping<CallsEvents>.self) { _, _ in Done() }
        bus.serve(Ping<AgentsEvents>.self) { _, _ in Done() }
    }

    /// Runs whenever a recompute is asked for, before it is made.
    func onRecompute(_ body: @escaping @Sendable () -> Void) {
        lock.withLock { beforeRecompute = body }
    }

    /// Changes the calls and publishes the news.
    func change(_ body: (inout EventHistory) -> Void) {
        let partitions = lock.withLock {
            let before = history.positions
            body(&history)
            return (0..<EventPartition.count).filter { history.positions[$0] != before[$0] }
        }
        for partition in partitions { bus.publish(EventsRecorded<CallsEvents>(partition: partition)) }
    }

    func addClient(in workspaceID: WorkspaceID) {
        let client = ClientRecord(
            id: ClientID(UUID()), name: "Rossi", phoneNumber: "+15550100", profession: nil, voiceName: "af_sarah",
            voiceID: nil, systemPrompt: nil, agentID: nil, createdAt: Timestamp(microseconds: 0), isActive: true,
            version: 1)
        lock.withLock {
            clientLog.append(ClientChanged(before: nil, after: client), in: workspaceID)
            clientCounts[workspaceID, default: 0] += 1
        }
        bus.publish(EventsRecorded<AgentsEvents>(partition: EventPartition.of(workspaceID.uuid)))
    }

    var records: [EventRecord] { lock.withLock { history.records } }
    var positions: [Int] { lock.withLock { history.positions } }
    var expected: Rollup { lock.withLock { history.expected } }

    private func workspaces(after id: WorkspaceID?) -> [WorkspaceID] {
        lock.withLock {
            let all = history.calls.filter { !$0.value.isEmpty }.keys.sorted { $0.uuid < $1.uuid }
            return Array(all.filter { known in id.map { known.uuid > $0.uuid } ?? true }.prefix(2))
        }
    }

    private func recompute(_ request: RecomputeStatistics, _ workspaceID: WorkspaceID) -> RecomputedStatistics {
        lock.withLock {
            var answer = RecomputedStatistics(
                position: history.positions[EventPartition.of(workspaceID.uuid)], sums: [], latencies: [])
            for facts in (history.calls[workspaceID] ?? [:]).values {
                let part = RecomputeStatistics.part(of: facts.clientID, partCount: request.partCount)
                guard part == request.part else { continue }
                let group = RecomputedStatistics.Group(
                    clientID: facts.clientID, agentID: facts.agentID, campaignID: facts.campaignID)
                answer.sums.append(
                    RecomputedStatistics.GroupSum(group: group, day: facts.createdAt.day, measures: facts.measures))
                answer.latencies += facts.measuredLatencies.map { component, micros in
                    RecomputedStatistics.LatencyCount(
                        group: group, component: component, bucket: LatencyBucket.number(ofMicros: micros), count: 1)
                }
            }
            return answer
        }
    }
}
