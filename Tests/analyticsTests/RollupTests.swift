import Bus
import Contracts
import Foundation
import Testing

@testable import analytics

@Suite struct `A call's contribution` {
    private var facts: CallFacts {
        CallFacts(
            clientID: ClientID(UUID()), agentID: AgentID(UUID()), campaignID: nil, channel: .phone, status: .completed,
            success: true, sentiment: .positive, durationMS: 45_500,
            latencies: ComponentLatencies(sttMicros: 120, llmMicros: nil, ttsMicros: 0), costMicros: 1250,
            endCategory: .completed, isSimulated: false, createdAt: Timestamp(microseconds: 1_780_000_000_000_000))
    }

    @Test func `is what it says of itself`() {
        let measures = facts.measures
        let expected: [Measure: Int] = [
            .calls: 1, .ended: 1, .successes: 1, .durationMS: 45_500, .costMicros: 1250, .positive: 1, .sttCount: 1,
            .sttMicros: 120, .ttsCount: 1, .responses: 1, .responseMicros: 120,
        ]
        for measure in Measure.allCases { #expect(measures[measure] == expected[measure] ?? 0, "\(measure)") }
    }

    @Test func `counts a chat, and whether it has ended`() {
        var facts = facts
        facts.channel = .chat
        #expect(facts.measures[.calls] == 1 && facts.measures[.chats] == 1 && facts.measures[.endedChats] == 1)
        facts.status = .connected
        #expect(facts.measures[.chats] == 1 && facts.measures[.endedChats] == 0)
    }

    @Test func `knows no waiting time where no latency was measured`() {
        var facts = facts
        facts.latencies = ComponentLatencies()
        #expect(facts.measures[.responses] == 0 && facts.measures[.responseMicros] == 0)
        facts.latencies = ComponentLatencies(sttMicros: 100, llmMicros: 20, ttsMicros: 3)
        #expect(facts.measures[.responses] == 1 && facts.measures[.responseMicros] == 123)
    }

    @Test func `of a workspace and an agent goes to the hour, too`() {
        let (facts, workspaceID) = (facts, WorkspaceID(UUID()))
        var rollup = Rollup()
        rollup.add(Contribution(of: facts, in: workspaceID))
        let keys = [StatisticsSubject.workspace, .agent(facts.agentID!)].map {
            HourKey(subject: RollupSubject($0, in: workspaceID), hour: facts.createdAt.hour)
        }
        #expect(rollup.hours == Dictionary(uniqueKeysWithValues: keys.map { ($0, facts.measures) }))
        #expect(keys[0].day == facts.createdAt.day)
    }

    @Test func `counts a success only once the call has ended`() {
        var running = facts
        running.status = .connected
        #expect(running.measures[.calls] == 1)
        #expect(running.measures[.ended] == 0 && running.measures[.successes] == 0 && running.measures[.failed] == 0)
        var failed = facts
        failed.status = .failed
        failed.success = false
        #expect(failed.measures[.ended] == 1 && failed.measures[.successes] == 0 && failed.measures[.failed] == 1)
    }

    @Test func `in a campaign goes to it and to the agent within it, with its phrases`() {
        var facts = facts
        facts.campaignID = CampaignID(UUID())
        facts.phrases = ["refund", "billing issue"]
        // What no index could hold is not counted.
        var monstrous = facts
        monstrous.phrases.append(String(repeating: "x", count: 1001))
        #expect(Contribution(of: monstrous, in: WorkspaceID(UUID())).phrases == ["refund": 1, "billing issue": 1])
        let workspaceID = WorkspaceID(UUID())
        var rollup = Rollup()
        rollup.add(Contribution(of: facts, in: workspaceID))
        for subject in [
            StatisticsSubject.workspace, .campaign(facts.campaignID!),
            .agentInCampaign(facts.agentID!, facts.campaignID!),
        ] {
            let subject = RollupSubject(subject, in: workspaceID)
            #expect(rollup.measures[MeasuresKey(subject: subject, day: .allTime)] == facts.measures)
            for (phrase, day) in facts.phrases.flatMap({ [($0, .allTime), ($0, facts.createdAt.day)] }) {
                #expect(rollup.phrases[PhraseKey(subject: subject, day: day, phrase: phrase)] == 1)
            }
        }
        let other = RollupSubject(.agentInCampaign(AgentID(UUID()), facts.campaignID!), in: workspaceID)
        #expect(rollup.measures[MeasuresKey(subject: other, day: .allTime)] == nil)
        rollup.add(Contribution(of: facts, in: workspaceID).negated)
        #expect(rollup.withoutZeros == Rollup())
    }

    @Test func `goes to the workspace, the client and the agent, to the day and to all time`() {
        let (facts, workspaceID) = (facts, WorkspaceID(UUID()))
        var rollup = Rollup()
        rollup.add(Contribution(of: facts, in: workspaceID))
        let subjects = [
            RollupSubject(.workspace, in: workspaceID), RollupSubject(.client(facts.clientID!), in: workspaceID),
            RollupSubject(.agent(facts.agentID!), in: workspaceID),
        ]
        let keys = subjects.flatMap { subject in
            [facts.createdAt.day, .allTime].map { MeasuresKey(subject: subject, day: $0) }
        }
        #expect(rollup.measures == Dictionary(uniqueKeysWithValues: keys.map { ($0, facts.measures) }))
        let buckets = subjects.flatMap { subject in
            [
                LatencyKey(subject: subject, component: .stt, bucket: 120),
                LatencyKey(subject: subject, component: .tts, bucket: 0),
            ]
        }
        #expect(rollup.latencies == Dictionary(uniqueKeysWithValues: buckets.map { ($0, 1) }))
    }
}

@Suite struct `A rollup` {
    @Test func `is empty again when everything added was taken away, in whatever order`() {
        var generator = SeededGenerator(seed: 1)
        let cast = Cast(&generator)
        for _ in 0..<50 {
            var rollup = Rollup()
            let calls = (0..<40).map { _ in
                (cast.workspaces.randomElement(using: &generator)!, CallFacts.random(cast, &generator))
            }
            for (workspaceID, facts) in calls { rollup.add(Contribution(of: facts, in: workspaceID)) }
            #expect(rollup.withoutZeros == rollup)
            for (workspaceID, facts) in calls.shuffled(using: &generator) {
                rollup.add(Contribution(of: facts, in: workspaceID).negated)
            }
            #expect(rollup.withoutZeros == Rollup())
        }
    }

    @Test func `is what the calls add up to after any history of them`() {
        var generator = SeededGenerator(seed: 2)
        let cast = Cast(&generator)
        var calls: [CallID: (WorkspaceID, CallFacts)] = [:]
        var rollup = Rollup()
        for _ in 0..<1000 {
            let known = calls.keys.sorted { $0.uuid < $1.uuid }.randomElement(using: &generator)
            let isNew = known == nil || Int.random(in: 0..<3, using: &generator) == 0
            let id = isNew ? CallID(generator.uuid()) : known!
            let workspaceID = calls[id]?.0 ?? cast.workspaces.randomElement(using: &generator)!
            let isDeletion = !isNew && Int.random(in: 0..<4, using: &generator) == 0
            let after = isDeletion ? nil : CallFacts.random(cast, &generator)
            rollup.apply(
                CallChanged(id: id, version: 1, before: calls[id]?.1, after: after), in: workspaceID)
            calls[id] = after.map { (workspaceID, $0) }
        }
        var expected = Rollup()
        for (workspaceID, facts) in calls.values { expected.add(Contribution(of: facts, in: workspaceID)) }
        #expect(rollup.withoutZeros == expected.withoutZeros)
        #expect(rollup.differences(from: expected).isEmpty)
    }

    @Test func `is the same however the events are cut into batches`() throws {
        var generator = SeededGenerator(seed: 3)
        let cast = Cast(&generator)
        let events = EventHistory(cast, count: 500, &generator).records
        let whole = try StatisticsChange(of: events)
        for _ in 0..<20 {
            var sum = StatisticsChange()
            var rest = events[...]
            while !rest.isEmpty {
                let size = Int.random(in: 1...100, using: &generator)
                let part = try StatisticsChange(of: Array(rest.prefix(size)))
                sum.rollup.add(part.rollup)
                for (workspaceID, gain) in part.clients { sum.clients[workspaceID, default: 0] += gain }
                rest = rest.dropFirst(size)
            }
            #expect(sum.rollup.withoutZeros == whole.rollup.withoutZeros)
            #expect(sum.clients.filter { $0.value != 0 } == whole.clients.filter { $0.value != 0 })
        }
    }

    @Test func `says where it differs`() {
        let workspaceID = WorkspaceID(UUID(uuidString: "00000000-0000-4000-8000-00000000000a")!)
        let subject = RollupSubject(.workspace, in: workspaceID)
        var measures = Measures()
        measures[.calls] = 5
        var kept = Rollup()
        kept.add(measures, to: MeasuresKey(subject: subject, day: CalendarDay(text: "2026-01-02")!))
        measures[.calls] = 3
        kept.add(measures, to: HourKey(subject: subject, hour: Timestamp(text: "2026-01-02T23:59:59Z")!.hour))
        measures[.calls] = 2
        kept.add(measures, to: HourKey(subject: subject, hour: Timestamp(text: "2026-01-02T00:00:00Z")!.hour))
        kept.add(2, to: LatencyKey(subject: subject, component: .llm, bucket: 300))
        measures[.calls] = 4
        var recomputed = Rollup()
        recomputed.add(measures, to: MeasuresKey(subject: subject, day: CalendarDay(text: "2026-01-02")!))
        let prefix = "workspace 00000000-0000-4000-8000-00000000000a"
        #expect(
            kept.differences(from: recomputed).map(\.description) == [
                "\(prefix) on 2026-01-02: calls is 5, recomputed 4",
                "\(prefix) for all time: llm latencies in bucket 300 is 2, recomputed 0",
            ])
        #expect(kept.differences(from: kept).isEmpty)
        measures[.calls] = 1
        kept.add(measures, to: HourKey(subject: subject, hour: Timestamp(text: "2026-01-02T01:00:00Z")!.hour))
        #expect(
            kept.differences(from: kept).map(\.description) == [
                "\(prefix) on 2026-01-02: calls by the hour is 6, recomputed 5"
            ])
    }
}

@Suite struct `A batch of client events` {
    private let workspaceID = WorkspaceID(UUID())

    private func record(_ number: Int, _ before: Bool?, _ after: Bool) -> EventRecord {
        func client(_ isActive: Bool) -> ClientRecord {
            ClientRecord(
                id: ClientID(UUID()), name: "Rossi", phoneNumber: "+15550100", profession: nil, voiceName: "af_sarah",
                voiceID: nil, systemPrompt: nil, agentID: nil, createdAt: Timestamp(microseconds: 0),
                isActive: isActive, version: 1)
        }
        return EventRecord(
            partition: 0, number: number, workspaceID: workspaceID.uuid, kind: ClientChanged.kind,
            payload: ClientChanged(before: before.map(client), after: client(after)).encoded())
    }

    @Test func `gains what is made and loses what is deleted`() throws {
        let batch = [record(1, nil, true), record(2, nil, true), record(3, true, true), record(4, true, false)]
        #expect(try StatisticsChange(of: batch).clients == [workspaceID: 1])
    }

    @Test func `is not stopped by a kind that nobody counts`() throws {
        let record = EventRecord(partition: 0, number: 1, workspaceID: UUID(), kind: "agent-changed.v1", payload: [1])
        #expect(try StatisticsChange(of: [record]) == StatisticsChange())
    }

    @Test func `is refused when a known kind cannot be read`() {
        let record = EventRecord(partition: 0, number: 1, workspaceID: UUID(), kind: CallChanged.kind, payload: [1])
        #expect(throws: MalformedMessage.self) { try StatisticsChange(of: [record]) }
    }
}
