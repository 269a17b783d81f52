import Bus
import Contracts
import Foundation
import Testing

@testable import agents

private let now = Timestamp(microseconds: 1_780_000_000_000_000)

extension CampaignRecord {
    fileprivate static func sample(
        _ status: CampaignStatus = .draft, total: Int = 2, _ change: (inout CampaignRecord) -> Void = { _ in }
    ) -> CampaignRecord {
        var campaign = CampaignRecord(
            id: CampaignID(UUID()), agentID: AgentID(UUID()), name: "Spring", description: "", status: status,
            plan: CampaignPlan(), counts: CampaignCounts(total: total, pending: total), createdBy: nil,
            createdAt: now, updatedAt: now, version: 1)
        campaign.plan.endTime = now.adding(seconds: 3600)
        change(&campaign)
        return campaign
    }
}

private func fault<Result>(_ body: () throws -> Result) -> Fault? {
    do {
        _ = try body()
        return nil
    } catch {
        return error as? Fault
    }
}

@Suite struct `Campaigns` {
    private func fields(_ change: (inout CampaignFields) -> Void) -> CampaignFields {
        var fields = CampaignFields()
        fields.name = "Spring"
        fields.agentID = AgentID(UUID())
        change(&fields)
        return fields
    }

    private func made(_ change: (inout CampaignFields) -> Void = { _ in }) throws(Fault) -> CampaignRecord {
        try Campaign.made(by: fields(change), id: CampaignID(UUID()), createdBy: nil, at: now)
    }

    @Test func `are drafts with the defaults of the contract`() throws {
        let campaign = try made()
        #expect(campaign.status == .draft && campaign.version == 1)
        #expect(campaign.plan == CampaignPlan(maxConcurrentCalls: 10, maxRetries: 0, retryDelaySeconds: 300))
    }

    @Test func `are refused by the name of what is wrong`() {
        #expect(fault { try made { $0.name = " " } }?.field == "name")
        #expect(fault { try made { $0.name = nil } }?.field == "name")
        #expect(fault { try made { $0.agentID = nil } }?.field == "agent_id")
        #expect(fault { try made { $0.maxConcurrentCalls = 0 } }?.field == "max_concurrent_calls")
        #expect(fault { try made { $0.maxRetries = 21 } }?.field == "retry_config.max_retries")
        #expect(fault { try made { $0.retryDelaySeconds = -1 } }?.field == "retry_config.retry_delay")
        #expect(fault { try made { $0.callerID = String(repeating: "1", count: 65) } }?.field == "caller_id")
        let reversed = fault {
            try made {
                $0.startTime = now
                $0.endTime = now
            }
        }
        #expect(reversed?.field == "end_time" && reversed?.message == "end_time must be after start_time")
    }

    @Test func `grow a version only by a change`() throws {
        let campaign = try made()
        var same = CampaignFields()
        same.name = " Spring "
        #expect(try Campaign.changed(campaign, by: same, at: now) == campaign)
        same.endTime = now.adding(seconds: 60)
        let ending = try Campaign.changed(campaign, by: same, at: now.adding(seconds: 1))
        #expect(ending.version == 2 && ending.updatedAt == now.adding(seconds: 1))
        var open = CampaignFields()
        open.clearsEndTime = true
        #expect(try Campaign.changed(ending, by: open, at: now).plan.endTime == nil)
    }

    @Test func `launch only when every rule holds, and say which one fails`() {
        func refusal(_ campaign: CampaignRecord, isAgentActive: Bool = true) -> String? {
            let fault = fault { try Campaign.launched(campaign, isAgentActive: isAgentActive, at: now) }
            return fault?.entry == .campaignNotLaunchable ? fault?.message : nil
        }
        #expect(refusal(.sample(), isAgentActive: false)?.contains("agent is not active") == true)
        #expect(refusal(.sample(total: 0))?.contains("no valid phone number") == true)
        for end in [now, nil] {
            #expect(refusal(.sample { $0.plan.endTime = end })?.contains("end_time is not in the future") == true)
        }
        #expect(refusal(.sample(.completed))?.contains("completed") == true)
        #expect(refusal(.sample()) == nil)
    }

    @Test func `become active at once, or scheduled when their start is to come`() throws {
        let active = try Campaign.launched(.sample(), isAgentActive: true, at: now)
        #expect(active.status == .active && active.launchedAt == now && active.version == 2)
        let future = CampaignRecord.sample { $0.plan.startTime = now.adding(seconds: 1) }
        #expect(try Campaign.launched(future, isAgentActive: true, at: now).status == .scheduled)
        for status in [CampaignStatus.active, .scheduled] {
            let launched = CampaignRecord.sample(status)
            #expect(try Campaign.launched(launched, isAgentActive: false, at: now) == launched)
        }
    }

    @Test func `that run do not get an agent that would not call`() throws {
        for status in CampaignStatus.allCases {
            let fault = fault { try Campaign.requireAgent(of: .sample(status), isActive: false) }
            #expect(fault?.entry == (status == .active || status == .scheduled ? .campaignRunning : nil))
            try Campaign.requireAgent(of: .sample(status), isActive: true)
        }
    }

    @Test func `pause once and go on with a launch`() throws {
        let paused = try Campaign.paused(.sample(.active), at: now)
        #expect(paused.status == .paused && paused.pausedAt == now)
        #expect(try Campaign.paused(paused, at: now.adding(seconds: 5)) == paused)
        let again = try Campaign.launched(paused, isAgentActive: true, at: now)
        #expect(again.status == .active && again.pausedAt == nil)
        for status in [CampaignStatus.draft, .completed] {
            #expect(fault { try Campaign.paused(.sample(status), at: now) }?.entry == .campaignRunning)
        }
    }

    @Test func `are not deleted while they run`() throws {
        for status in CampaignStatus.allCases {
            let fault = fault { try Campaign.deleted(.sample(status), at: now) }
            #expect(fault?.entry == (status == .active || status == .scheduled ? .campaignRunning : nil))
        }
    }

    @Test func `move on with time and their counts`() {
        func after(_ status: CampaignStatus, _ change: (inout CampaignRecord) -> Void = { _ in }) -> CampaignStatus {
            Campaign.advanced(.sample(status, change), at: now).status
        }
        #expect(after(.scheduled) { $0.plan.startTime = now } == .active)
        #expect(after(.scheduled) { $0.plan.startTime = now.adding(seconds: 1) } == .scheduled)
        for status in [CampaignStatus.scheduled, .active, .paused] {
            #expect(after(status) { $0.plan.endTime = now } == .completed)
        }
        #expect(after(.active) == .active && after(.paused) == .paused && after(.draft) == .draft)
        let settled = CampaignCounts(total: 2, completed: 1, failed: 1)
        #expect(after(.active) { $0.counts = settled } == .completed)
        #expect(after(.paused) { $0.counts = settled } == .paused)
        #expect(after(.active) { $0.counts = CampaignCounts(total: 1, inProgress: 1) } == .active)
    }
}

@Suite struct `Given numbers` {
    @Test func `count once however they are written`() throws {
        let given = try GivenNumbers(["+1-555-0100", "+1 (555) 0100", "555-0100"])
        #expect(given.numbers.map(\.normalised) == ["+15550100", "5550100"] && given.duplicates == 1)
        #expect(given.numbers.map(\.given) == ["+1-555-0100", "555-0100"])
    }

    @Test func `are refused by the place of the first that is none`() {
        let fault = fault { try GivenNumbers(["+15550100", "abc", "1"]) }
        #expect(fault?.entry == .inputInvalid && fault?.message.hasPrefix("phone_numbers[1] ") == true)
        let many = [String](repeating: "+15550100", count: 100_001)
        #expect(agentsTests.fault { try GivenNumbers(many) }?.message.contains("at most 100000") == true)
    }

    @Test func `are sorted from what is none, by line`() {
        let given = GivenNumbers(sorting: [
            GivenNumber(line: 2, text: "+15550100"), GivenNumber(line: 3, text: "x\0y"),
            GivenNumber(line: 4, text: "+1 555 0100"), GivenNumber(line: 5, text: ""),
        ])
        #expect(given.numbers.count == 1 && given.duplicates == 1 && given.rejectedCount == 2)
        #expect(given.rejected.map(\.line) == [3, 5] && given.rejected[0].value == "xy")
    }
}

private func callID(_ number: UInt8) -> CallID {
    CallID(UUID(uuid: (1, 2, 3, 4, 5, 6, 0x70, 8, 0x80, 10, 11, 12, 13, 14, 15, number)))
}

@Suite struct `Simulated calls` {
    @Test func `are the same for the same seed and call`() {
        for number in 0..<100 {
            let id = callID(UInt8(number))
            #expect(SimulatedOutcome(seed: 1, callID: id) == SimulatedOutcome(seed: 1, callID: id))
        }
        let all = Set((0..<100).map { SimulatedOutcome(seed: 1, callID: callID($0)).endsAfterMS })
        #expect(all.count > 50)
        #expect(SimulatedOutcome(seed: 1, callID: callID(7)) != SimulatedOutcome(seed: 2, callID: callID(7)))
    }

    @Test func `end within three seconds, most of them well, in steps that move forward`() {
        var completed = 0
        for _ in 0..<2000 {
            let outcome = SimulatedOutcome(seed: 1, callID: CallID(UUID()))
            #expect((200...3000).contains(outcome.endsAfterMS))
            #expect(outcome.isCompleted == (outcome.durationMS >= 15_000 && outcome.transcript != nil))
            let steps = outcome.steps
            #expect(steps.map(\.afterMS) == steps.map(\.afterMS).sorted())
            let order = CallStatus.allCases
            let places = steps.compactMap { $0.fields.status.flatMap(order.firstIndex) }
            #expect(places == places.sorted() && steps.last?.fields.endCategory == outcome.category)
            if outcome.isCompleted { completed += 1 }
        }
        #expect((1250...1550).contains(completed))
    }
}

@Suite struct `A circuit breaker` {
    private let second: UInt64 = 1_000_000_000

    @Test func `opens after failures in a row and lets one call through after a pause that grows`() {
        var breaker = CircuitBreaker()
        for _ in 1..<CircuitBreaker.mostFailures { breaker.noteFailure(at: 0) }
        #expect(!breaker.isOpen && breaker.admit(10, at: 0) == 10)
        breaker.noteFailure(at: 0)
        #expect(breaker.isOpen && breaker.admit(10, at: 0) == 0)
        #expect(breaker.admit(10, at: second) == 1 && breaker.admit(10, at: second) == 0)
        breaker.noteFailure(at: second)
        #expect(breaker.admit(1, at: second + second / 2) == 0 && breaker.admit(1, at: 2 * second) == 1)
        breaker.noteSuccess()
        #expect(!breaker.isOpen && breaker.admit(10, at: 2 * second) == 10)
    }

    @Test func `counts failures in a row only, and tries again when a call was not made`() {
        var breaker = CircuitBreaker()
        for _ in 0..<20 {
            breaker.noteFailure(at: 0)
            breaker.noteSuccess()
        }
        #expect(!breaker.isOpen)
        for _ in 0..<CircuitBreaker.mostFailures { breaker.noteFailure(at: 0) }
        #expect(breaker.admit(5, at: second) == 1)
        breaker.giveBack(at: second)
        #expect(breaker.admit(5, at: second) == 1)
    }
}

@Suite struct `The answers of a voice server` {
    private func placement(_ status: Int, _ body: String = "") -> Placement {
        VoiceServerCarrier.placement(status: status, body: Data(body.utf8))
    }

    @Test func `place a call only when they say so`() {
        #expect(placement(200, #"{"status":"success","call_id":"x"}"#) == .placed)
        guard case .refused("error", "no line", _) = placement(200, #"{"status":"error","message":"no line"}"#) else {
            Issue.record("another status is no refusal")
            return
        }
        guard case .refused("400", "bad number", false) = placement(400, "bad number") else {
            Issue.record("400 is no refusal")
            return
        }
        for status in [500, 502, 503] {
            guard case .unknown = placement(status) else {
                Issue.record("\(status) leaves nothing open")
                return
            }
        }
        guard case .unknown = placement(200, "<html>") else {
            Issue.record("200 without a status leaves nothing open")
            return
        }
    }
}

@Suite struct `The end of a call` {
    private func facts(
        _ status: CallStatus, campaign: CampaignID? = CampaignID(UUID()), category: EndCategory? = nil
    ) -> CallFacts {
        CallFacts(
            clientID: nil, agentID: nil, campaignID: campaign, channel: .phone, status: status,
            success: status == .completed, sentiment: .neutral, durationMS: 0, latencies: ComponentLatencies(),
            costMicros: 0, endCategory: category, isSimulated: true, createdAt: now)
    }

    private func end(_ before: CallFacts?, _ after: CallFacts?) -> AttemptEnd? {
        AttemptEnd(CallChanged(id: callID(1), version: 2, before: before, after: after), in: WorkspaceID(UUID()))
    }

    @Test func `ends the attempt, and nothing else does`() {
        #expect(end(facts(.connected), facts(.completed))?.isCompleted == true)
        #expect(end(facts(.ringing), facts(.failed, category: .busy))?.category == .busy)
        #expect(end(facts(.ringing), facts(.failed))?.category == .carrierError)
        // It may still run: only its record is gone.
        #expect(end(facts(.ringing), nil) == nil)
        #expect(end(facts(.initiated), facts(.ringing)) == nil)
        #expect(end(facts(.ringing, campaign: nil), facts(.completed, campaign: nil)) == nil)
    }
}
