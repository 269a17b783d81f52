import Bus
import Contracts
import Foundation

@testable import analytics

/// A random history of calls as their owner would log it, numbered in each partition.
struct EventHistory {
    private(set) var records: [EventRecord] = []
    private(set) var calls: [WorkspaceID: [CallID: CallFacts]] = [:]
    private var heads = [Int](repeating: 0, count: EventPartition.count)

    init() {}

    init(_ cast: Cast, count: Int, _ generator: inout SeededGenerator) {
        for _ in 0..<count { change(cast, &generator) }
    }

    /// The last number of each partition.
    var positions: [Int] { heads }

    /// Makes, changes or deletes a call.
    mutating func change(_ cast: Cast, _ generator: inout SeededGenerator) {
        let workspaceID = cast.workspaces.randomElement(using: &generator)!
        let known = calls[workspaceID, default: [:]].keys.sorted { $0.uuid < $1.uuid }
        let draw = Int.random(in: 0..<4, using: &generator)
        guard draw < 2, let id = known.randomElement(using: &generator) else {
            return append(CallID(generator.uuid()), .random(cast, &generator), in: workspaceID)
        }
        append(id, draw == 0 ? nil : .random(cast, &generator), in: workspaceID)
    }

    mutating func append(_ id: CallID, _ after: CallFacts?, in workspaceID: WorkspaceID) {
        let before = calls[workspaceID]?[id]
        calls[workspaceID, default: [:]][id] = after
        append(CallChanged(id: id, version: 1, before: before, after: after), in: workspaceID)
    }

    mutating func append<Event: LoggedEvent>(_ event: Event, in workspaceID: WorkspaceID) {
        let partition = EventPartition.of(workspaceID.uuid)
        heads[partition] += 1
        records.append(
            EventRecord(
                partition: partition, number: heads[partition], workspaceID: workspaceID.uuid, kind: Event.kind,
                payload: event.encoded()))
    }

    func after(_ positions: [Int], limit: Int) -> [EventRecord] {
        let rest = records.filter { $0.number > positions[$0.partition] }
        return Array(rest.sorted { ($0.partition, $0.number) < ($1.partition, $1.number) }.prefix(limit))
    }

    /// What all calls add up to.
    var expected: Rollup {
        var rollup = Rollup()
        for (workspaceID, calls) in calls {
            for facts in calls.values { rollup.add(Contribution(of: facts, in: workspaceID)) }
        }
        return rollup.withoutZeros
    }
}
