import Bus
import Foundation
import Testing

@Suite struct InMemoryBusTests {
    @Test func `a question reaches its handler with its caller and context`() async throws {
        let bus = InMemoryBus()
        bus.serve(Question.self) { question, caller in
            Answer(text: question.text + (RequestContext.current?.requestID ?? "") + caller.identity.credentialID)
        }
        let context = RequestContext(requestID: "-id-", deadline: .after(milliseconds: 1000))
        let answer = try await RequestContext.$current.withValue(context) {
            try await bus.ask(Question(text: "q"), as: .service("calls"))
        }
        #expect(answer.text == "q-id-service:calls")
    }

    @Test func `nobody serves it`() async {
        let bus = InMemoryBus()
        await #expect(throws: Fault.unreachable("test")) { try await bus.ask(Question(text: ""), as: .anonymous) }
    }

    @Test func `a fault travels and any other error is a defect`() async {
        let bus = InMemoryBus()
        let fault = Fault(kind: .conflict, code: "c", message: "m")
        bus.serve(Question.self) { question, _ in
            if question.text == "fault" { throw fault }
            if question.text == "cancelled" { throw CancellationError() }
            throw MalformedMessage("inside")
        }
        await #expect(throws: fault) { try await bus.ask(Question(text: "fault"), as: .anonymous) }
        await #expect(throws: Fault.unexpected()) { try await bus.ask(Question(text: "x"), as: .anonymous) }
        await #expect(throws: Fault.deadlinePassed()) { try await bus.ask(Question(text: "cancelled"), as: .anonymous) }
    }

    @Test func `a question whose deadline has passed is not asked`() async {
        let bus = InMemoryBus()
        bus.serve(Question.self) { _, _ in Answer(text: "late") }
        await #expect(throws: Fault.deadlinePassed()) {
            try await bus.ask(Question(text: ""), as: .anonymous, within: 0)
        }
    }

    @Test func `news is heard by all who listen to its subject`() {
        let bus = InMemoryBus()
        let heard = Counter(), missed = Counter()
        for _ in 0..<2 {
            bus.subscribe(to: Happened.self, missed: { missed.add(1) }, { heard.add($0.number) })
        }
        bus.publish(Happened(number: 4))
        #expect(missed.value == 2)
        #expect(heard.value == 8)
    }
}

private struct Question: BusRequest, Codable {
    static let subject: Subject = "test.question.v1"
    typealias Reply = Answer
    var text: String
}

private struct Answer: BusMessage, Codable {
    var text: String
}

private struct Happened: BusNotice, Codable {
    static let subject: Subject = "test.happened.v1"
    var number: Int
}

private final class Counter: @unchecked Sendable {
    private let lock = NSLock()
    private var sum = 0

    var value: Int { lock.withLock { sum } }
    func add(_ number: Int) { lock.withLock { sum += number } }
}
