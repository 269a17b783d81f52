import Bus
import Contracts
import Foundation
import Postgres
import Synchronization
import TestSupport
import Testing

@testable import agents

/// Whole processes that dial, over a real database.
@Suite struct `Dialling of campaigns` {
    @Test func `by two processes keeps below the cap and places no attempt twice`() async throws {
        try await DialBench.with { bench in
            let id = try await bench.launched(300) { $0.maxConcurrentCalls = 20 }
            let carrier = CarrierDouble(bench.calls)
            try await bench.dial(processes: 2, carrier: carrier) {
                try await bench.campaign(id).status == .completed
            }
            let campaign = try await bench.campaign(id)
            #expect(campaign.counts == CampaignCounts(total: 300, completed: 300) && campaign.completedAt != nil)
            #expect(carrier.mostRunning <= 20 && carrier.mostRunning > 5)
            #expect(carrier.placed.count == 300 && carrier.placed.values.allSatisfy { $0 == 1 })
            #expect(bench.calls.calls.count == 300)
            try await bench.expectCountsFit(id)
            let numbers = try await bench.numbers(of: id)
            #expect(numbers.allSatisfy { $0.state == .completed && $0.attempts == 1 && $0.reason == "completed" })
            #expect(Set(numbers.compactMap(\.lastCallID)) == Set(carrier.placed.keys))
        }
    }

    @Test func `tries a failed number again as often as it may`() async throws {
        try await DialBench.with { bench in
            let id = try await bench.launched(20) {
                $0.maxRetries = 2
                $0.retryDelaySeconds = 0
            }
            let carrier = CarrierDouble(bench.calls, ending: { _ in .busy })
            try await bench.dial(carrier: carrier) { try await bench.campaign(id).status == .completed }
            let counts = try await bench.campaign(id).counts
            #expect(counts == CampaignCounts(total: 20, failed: 20, retries: 40))
            #expect(carrier.placed.count == 60 && carrier.placed.values.allSatisfy { $0 == 1 })
            #expect(try await bench.numbers(of: id).allSatisfy { $0.attempts == 3 && $0.reason == "busy" })
        }
    }

    @Test func `by the simulated carrier brings a campaign to its end`() async throws {
        try await DialBench.with { bench in
            let id = try await bench.launched(300) { $0.maxConcurrentCalls = 1000 }
            try await bench.dial(processes: 2, carrier: nil) { try await bench.campaign(id).status == .completed }
            let counts = try await bench.campaign(id).counts
            #expect(counts.completed > 150 && counts.failed > 20 && counts.completed + counts.failed == 300)
            try await bench.expectCountsFit(id)
            for (callID, call) in bench.calls.calls {
                let outcome = SimulatedOutcome(seed: 1, callID: callID)
                #expect(call.facts.isSimulated && call.facts.endCategory == outcome.category)
                #expect(call.facts.status == (outcome.isCompleted ? .completed : .failed))
            }
        }
    }

    @Test func `waits for the owner of calls and then goes on`() async throws {
        try await DialBench.with { bench in
            bench.calls.setAway(true)
            let id = try await bench.launched(30)
            let carrier = CarrierDouble(bench.calls)
            try await bench.dial(carrier: carrier) {
                if try await bench.campaign(id).counts.inProgress > 0 { bench.calls.setAway(false) }
                return try await bench.campaign(id).status == .completed
            }
            #expect(try await bench.campaign(id).counts.completed == 30)
        }
    }

    @Test func `ends what the carrier refuses, and tells the record of the call`() async throws {
        try await DialBench.with { bench in
            let id = try await bench.launched(5)
            let carrier = CarrierDouble(bench.calls) { _ in
                .refused(code: "400", detail: "no such number", isFailing: false)
            }
            try await bench.dial(carrier: carrier) {
                let isOver = try await bench.campaign(id).status == .completed
                return isOver && bench.calls.calls.values.allSatisfy { $0.facts.status == .failed }
            }
            let numbers = try await bench.numbers(of: id)
            #expect(numbers.allSatisfy { $0.reason == "carrier_error" && $0.detail == "no such number" })
            #expect(bench.calls.calls.values.allSatisfy { $0.facts.endCategory == .carrierError })
        }
    }

    @Test func `never places an attempt again of which nobody knows whether it was placed`() async throws {
        try await DialBench.with { bench in
            let id = try await bench.launched(3)
            let orders = Mutex<[CallID]>([])
            let carrier = CarrierDouble(bench.calls) { attempt in
                orders.withLock { $0.append(attempt.callID) }
                return .unknown("cut off")
            }
            try await bench.dial(carrier: carrier) {
                try await bench.agents.jobs.query("SELECT 1 FROM agents.attempts WHERE phase = 'unknown'").count == 3
            }
            #expect(try await bench.campaign(id).counts.inProgress == 3)
            // Two of the calls were placed after all.
            let unknown = orders.withLock { $0 }
            try bench.calls.end(unknown[0], .completed)
            try bench.calls.end(unknown[1], .failed, .busy)
            try await bench.dial(carrier: carrier) { try await bench.campaign(id).counts.inProgress == 1 }
            #expect(orders.withLock { $0.count } == 3)
            #expect(try await bench.campaign(id).counts.completed == 1)
        }
    }

    @Test func `stops with a pause, goes on with a launch, and takes back what was not placed`() async throws {
        try await DialBench.with { bench in
            bench.calls.setAway(true)
            let id = try await bench.launched(8)
            let carrier = CarrierDouble(bench.calls)
            try await bench.dial(carrier: carrier) { try await bench.campaign(id).counts.inProgress == 8 }
            try await bench.pause(id)
            bench.calls.setAway(false)
            try await bench.dial(carrier: carrier) { try await bench.campaign(id).counts.pending == 8 }
            #expect(carrier.placed.isEmpty)
            #expect(try await bench.numbers(of: id).allSatisfy { $0.attempts == 0 && $0.state == .pending })
            try await bench.launch(id)
            try await bench.dial(carrier: carrier) { try await bench.campaign(id).status == .completed }
            #expect(try await bench.campaign(id).counts == CampaignCounts(total: 8, completed: 8))
            #expect(try await bench.numbers(of: id).allSatisfy { $0.attempts == 1 })
        }
    }

    @Test func `ends calls that nobody ends`() async throws {
        try await DialBench.with { bench in
            let id = try await bench.launched(4)
            let carrier = CarrierDouble(bench.calls, ending: { _ in nil })
            try await bench.dial(carrier: carrier, callSeconds: 1) {
                let isOver = try await bench.campaign(id).status == .completed
                return isOver && bench.calls.calls.values.allSatisfy { $0.facts.status == .failed }
            }
            #expect(try await bench.numbers(of: id).allSatisfy { $0.state == .failed && $0.reason == "agent_error" })
        }
    }

    @Test func `plays simulated calls of a process that is gone, and never places them for real`() async throws {
        try await DialBench.with { bench in
            let id = try await bench.launched(6)
            var dead = bench.terms(leaseSeconds: 1)
            dead.isSimulated = true
            let taken = try await bench.take(id, dead)
            let begun = Array(taken.prefix(4))
            _ = try await bench.attempts.beginPlacing(begun, limit: 10, terms: dead)
            try await bench.attempts.note(begun.prefix(2).map { ($0, .placed) })
            let records = CallRecords(bus: bench.bus, stop: StopSign())
            for attempt in begun { #expect(await records.record(attempt) == .yes) }
            let carrier = CarrierDouble(bench.calls)
            try await bench.dial(carrier: carrier) { try await bench.campaign(id).status == .completed }
            #expect(carrier.placed.isEmpty)
            for number in try await bench.numbers(of: id) {
                let outcome = SimulatedOutcome(seed: 1, callID: try #require(number.lastCallID))
                #expect(number.reason == outcome.category.rawValue && number.attempts == 1)
            }
        }
    }

    @Test func `goes through thousands of numbers, and the counts fit`() async throws {
        try await DialBench.with { bench in
            let id = try await bench.launched(3000) { $0.maxConcurrentCalls = 1500 }
            try await bench.dial(carrier: nil) { try await bench.campaign(id).status == .completed }
            try await bench.expectCountsFit(id)
        }
    }
}
