import Bus
import Contracts
import Foundation
import Testing

@testable import calls

struct CallStateTests {
    private let start = Timestamp(text: "2026-03-01T12:00:00Z")!

    private var begun: CallState { CallState(startedAt: start, isSimulated: false) }

    private func fields(_ change: (inout CallFields) -> Void) -> CallFields {
        var fields = CallFields()
        change(&fields)
        return fields
    }

    @Test func `a status only moves forward, and the same again is no move`() throws {
        let all = CallStatus.allCases
        for (before, after) in all.flatMap({ before in all.map { (before, $0) } }) {
            let isForward: Bool
            switch (before, after) {
            case (.completed, .completed), (.failed, .failed): isForward = true
            case (.completed, _), (.failed, _): isForward = false
            case (_, .failed): isForward = true
            default: isForward = all.firstIndex(of: after)! >= all.firstIndex(of: before)!
            }
            let call = try begun.changed(by: fields { $0.status = before }, at: start)
            let change = fields { $0.status = after }
            if isForward {
                #expect(try call.changed(by: change, at: start).facts.status == after)
                if before == after { #expect(try call.changed(by: change, at: start.adding(seconds: 9)) == call) }
            } else {
                #expect(throws: Fault.self) { try call.changed(by: change, at: start) }
            }
        }
    }

    @Test func `an end must go with the status`() throws {
        for category in EndCategory.allCases {
            func state(_ status: CallStatus) -> CallState? {
                try? begun.changed(
                    by: fields {
                        $0.status = status
                        $0.endCategory = category
                    }, at: start)
            }
            let isGood = category == .completed || category == .voicemail
            #expect(state(.completed)?.facts.endCategory == (isGood ? category : nil))
            #expect(state(.failed)?.facts.endCategory == (category == .completed ? nil : category))
            #expect(state(.connected) == nil)
        }
    }

    @Test func `a completed call is a success unless it was ever said otherwise`() throws {
        let done = fields { $0.status = .completed }
        #expect(try begun.changed(by: done, at: start).facts.success)
        #expect(try !begun.changed(by: fields { $0.status = .failed }, at: start).facts.success)
        let denied = try begun.changed(by: fields { $0.success = false }, at: start)
        #expect(try !denied.changed(by: done, at: start).facts.success)
        #expect(try !begun.facts.success && begun.changed(by: fields { $0.success = true }, at: start).facts.success)
    }

    @Test func `the duration of a call that says none runs from its connection to its end`() throws {
        let connected = try begun.changed(by: fields { $0.status = .connected }, at: start.adding(seconds: 5))
        #expect(connected.connectedAt == start.adding(seconds: 5) && connected.endedAt == nil)
        let ended = try connected.changed(by: fields { $0.status = .completed }, at: start.adding(seconds: 65))
        #expect(ended.facts.durationMS == 60_000 && ended.endedAt == start.adding(seconds: 65))
        let said = try connected.changed(
            by: fields {
                $0.status = .completed
                $0.durationMS = 1234
            }, at: start.adding(seconds: 65))
        #expect(said.facts.durationMS == 1234)
        let unanswered = try begun.changed(by: fields { $0.status = .failed }, at: start.adding(seconds: 30))
        #expect(unanswered.facts.durationMS == 0)
    }

    @Test func `an end has a category, which may be corrected later`() throws {
        let busy = try begun.changed(
            by: fields {
                $0.status = .failed
                $0.endCategory = .busy
                $0.endCode = "486"
            }, at: start)
        #expect(busy.facts.endCategory == .busy && busy.endCode == "486")
        #expect(try busy.changed(by: fields { $0.endCategory = .rejected }, at: start).facts.endCategory == .rejected)
        let early = #expect(throws: Fault.self) { try begun.changed(by: fields { $0.endCategory = .busy }, at: start) }
        #expect(early?.field == "end_category")
    }

    @Test func `phrases are counted once each, whatever their spelling`() throws {
        let call = try begun.changed(
            by: fields { $0.keyPhrases = ["Billing  Issue", "billing issue", " ", "Ärger", "refund"] }, at: start)
        #expect(call.facts.phrases == ["billing issue", "ärger", "refund"])
        #expect(call.details.keyPhrases == ["Billing  Issue", "billing issue", " ", "Ärger", "refund"])
    }

    @Test func `what nobody said stays as it was`() throws {
        let call = try begun.changed(
            by: fields {
                $0.transcript = "Hello"
                $0.latencies = ComponentLatencies(sttMicros: 1, llmMicros: 2)
                $0.costMicros = 500_000
            }, at: start)
        let later = try call.changed(by: fields { $0.latencies = ComponentLatencies(ttsMicros: 3) }, at: start)
        #expect(later.facts.latencies == ComponentLatencies(sttMicros: 1, llmMicros: 2, ttsMicros: 3))
        #expect(later.transcript == "Hello" && later.facts.costMicros == 500_000)
    }
}
