import Bus
import Contracts
import EventLog
import Foundation
import Postgres
import Testing

@testable import agents

/// The statements of the dialler, one by one and against one another.
@Suite struct `Attempts in PostgreSQL` {
    private func end(_ attempt: Attempt, _ category: EndCategory = .completed, isWithdrawn: Bool = false) -> AttemptEnd
    {
        AttemptEnd(
            workspaceID: attempt.workspaceID, callID: attempt.callID, isCompleted: category == .completed,
            category: category, isWithdrawn: isWithdrawn, isTold: true)
    }

    @Test func `are taken in their order, within the cap, and suppressed numbers never`() async throws {
        try await DialBench.with { bench in
            let id = try await bench.launched(30) { $0.maxConcurrentCalls = 12 }
            let suppressions = PostgresSuppressionRepository(store: bench.store)
            for text in ["+1 555 1000 001", "+1-555-1000003"] {
                let made = try Suppression.made(
                    by: CreateSuppression(phoneNumber: text), id: SuppressionID(UUID()), createdBy: nil, at: .now())
                _ = try await suppressions.add(made, under: nil, in: bench.workspaceID)
            }
            let terms = bench.terms()
            let first = try await bench.take(id, atMost: 5, terms)
            #expect(first.map(\.phoneNumber) == ["+15551000000", "+15551000002", "+15551000004"])
            let more = try await bench.take(id, atMost: 100, terms)
            #expect(more.count == 9)
            #expect(try await bench.take(id, atMost: 100, terms).isEmpty)
            let counts = try await bench.campaign(id).counts
            #expect(counts == CampaignCounts(total: 30, pending: 16, inProgress: 12, failed: 2))
            let failed = try await bench.numbers(of: id, .failed)
            #expect(failed.allSatisfy { $0.reason == "suppressed" && $0.attempts == 0 } && failed.count == 2)
            try await bench.expectCountsFit(id)
        }
    }

    @Test func `never pass the cap, whoever takes and settles at once`() async throws {
        try await DialBench.with { bench in
            let id = try await bench.launched(400) {
                $0.maxConcurrentCalls = 17
                $0.maxRetries = 1
                $0.retryDelaySeconds = 0
            }
            try await withThrowingTaskGroup(of: Void.self) { group in
                for worker in 0..<6 {
                    group.addTask {
                        let terms = bench.terms()
                        for _ in 0..<40 {
                            let taken = try await bench.take(id, atMost: 7, terms)
                            let open = try await bench.campaign(id).counts.inProgress
                            #expect((0...17).contains(open))
                            _ = try await bench.attempts.settle(
                                taken.map { end($0, worker.isMultiple(of: 2) ? .completed : .busy) })
                        }
                    }
                }
                try await group.waitForAll()
            }
            try await bench.expectCountsFit(id)
            let rows = try await bench.agents.jobs.query(
                "SELECT count(*), count(DISTINCT call_id), count(DISTINCT (number_id, attempt)) FROM agents.attempts")
            let (all, calls, turns) = try #require(try rows.one()).decode((Int, Int, Int).self)
            #expect(all == calls && all == turns && all >= 400)
        }
    }

    @Test func `are settled once, however often and by whomever`() async throws {
        try await DialBench.with { bench in
            let id = try await bench.launched(50) { $0.maxConcurrentCalls = 50 }
            let taken = try await bench.take(id, bench.terms())
            let sum = try await withThrowingTaskGroup(of: Int.self) { group in
                for turn in 0..<8 {
                    group.addTask {
                        let ends = taken.map { end($0, turn.isMultiple(of: 2) ? .completed : .noAnswer) }
                        return try await bench.attempts.settle(ends.shuffled())
                    }
                }
                return try await group.reduce(0, +)
            }
            #expect(sum == 50)
            let counts = try await bench.campaign(id).counts
            #expect(counts.inProgress == 0 && counts.completed + counts.failed == 50)
            try await bench.expectCountsFit(id)
        }
    }

    @Test func `of a process that is gone are taken over once, and what it may have sent is unknown`() async throws {
        try await DialBench.with { bench in
            let id = try await bench.launched(40) { $0.maxConcurrentCalls = 40 }
            let dead = bench.terms(leaseSeconds: 600)
            let taken = try await bench.take(id, dead)
            let begun = try await bench.attempts.beginPlacing(Array(taken.prefix(15)), limit: 10, terms: dead)
            #expect(begun.placing.count == 10 && begun.waiting.count == 5 && begun.stopped.isEmpty)
            let others = (0..<3).map { _ in bench.terms() }
            for terms in others { #expect(try await bench.attempts.takeOver(limit: 100, terms: terms).isEmpty) }
            try await bench.endLeases()
            let over = try await withThrowingTaskGroup(of: [Attempt].self) { group in
                for terms in others { group.addTask { try await bench.attempts.takeOver(limit: 100, terms: terms) } }
                return try await group.reduce(into: []) { $0 += $1 }
            }
            #expect(over.count == 40 && Set(over.map(\.callID)).count == 40)
            #expect(Set(over.filter { $0.phase == .unknown }.map(\.callID)) == begun.placing)
            let late = try await bench.attempts.beginPlacing(taken, limit: 100, terms: dead)
            #expect(late == PlacingBegun(placing: [], stopped: [], waiting: []))
            #expect(try await bench.campaign(id).counts.inProgress == 40)
        }
    }

    @Test func `keep their lease as long as their process says so`() async throws {
        try await DialBench.with { bench in
            let id = try await bench.launched(3)
            let terms = bench.terms(leaseSeconds: 600)
            let taken = try await bench.take(id, terms)
            try await bench.endLeases()
            try await bench.attempts.renew(taken.map(\.callID), terms: terms)
            #expect(try await bench.attempts.takeOver(limit: 10, terms: bench.terms()).isEmpty)
            try await bench.attempts.release(terms: terms)
            try await Task.sleep(for: .milliseconds(5))
            #expect(try await bench.attempts.takeOver(limit: 10, terms: bench.terms()).count == 3)
        }
    }

    @Test func `that were not placed use no retry, those that may have been do`() async throws {
        try await DialBench.with { bench in
            let id = try await bench.launched(2)
            let terms = bench.terms()
            let taken = try await bench.take(id, terms)
            _ = try await bench.attempts.beginPlacing([taken[0]], limit: 1, terms: terms)
            _ = try await bench.attempts.settle(taken.map { end($0, .cancelled, isWithdrawn: true) })
            let numbers = try await bench.numbers(of: id)
            #expect(numbers.map(\.state) == [.failed, .pending] && numbers.map(\.attempts) == [1, 0])
            #expect(try await bench.campaign(id).counts.retries == 0)
            let again = try await bench.take(id, terms)
            #expect(again.map(\.numberID) == [taken[1].numberID] && again[0].callID != taken[1].callID)
        }
    }

    @Test func `wait for their retry, and not at all once the window has closed`() async throws {
        try await DialBench.with { bench in
            let id = try await bench.launched(3) {
                $0.maxRetries = 1
                $0.retryDelaySeconds = 600
            }
            let terms = bench.terms()
            let taken = try await bench.take(id, terms)
            _ = try await bench.attempts.settle([end(taken[0], .busy)])
            let waiting = try await bench.numbers(of: id, .pending)
            #expect(waiting.count == 1 && waiting[0].reason == "busy")
            #expect(waiting[0].dueAt > Timestamp.now().adding(seconds: 590))
            #expect(try await bench.take(id, terms).isEmpty)
            #expect(try await bench.campaign(id).counts.retries == 1)
            let closed = try await bench.campaigns.change(id, in: bench.workspaceID) { campaign, _ in
                var ended = campaign
                ended.plan.endTime = .now()
                return Campaign.advanced(ended, at: .now().adding(seconds: 1))
            }
            #expect(closed.campaign.status == .completed)
            #expect(closed.campaign.counts == CampaignCounts(total: 3, inProgress: 2, failed: 1, retries: 1))
            _ = try await bench.attempts.settle([end(taken[1], .busy), end(taken[2], .completed)])
            let counts = try await bench.campaign(id).counts
            #expect(counts == CampaignCounts(total: 3, completed: 1, failed: 2, retries: 1))
            try await bench.expectCountsFit(id)
        }
    }

    @Test func `that nobody ends are found, and told of`() async throws {
        try await DialBench.with { bench in
            let id = try await bench.launched(2)
            let taken = try await bench.take(id, bench.terms(callSeconds: 0))
            #expect(Set(try await bench.attempts.overdue().map(\.callID)) == Set(taken.map(\.callID)))
            let ends = taken.map { AttemptEnd(of: $0, .agentError, detail: "nobody") }
            #expect(try await bench.attempts.settle(ends) == 2)
            let untold = try await bench.attempts.untold()
            #expect(untold.count == 2 && untold.allSatisfy { $0.category == .agentError && $0.detail == "nobody" })
            try await bench.attempts.markTold(untold)
            #expect(try await bench.attempts.untold().isEmpty)
        }
    }
}
