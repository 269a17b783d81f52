import Bus
import Testing

@testable import ZeroMQ

@Suite struct FrameTests {
    @Test func `the first bytes of an answer tell what it is`() {
        let reply = ReplyEnvelope(correlation: 7, result: .success([1])).encoded()
        let fault = ReplyEnvelope(correlation: 8, result: .failure(.overloaded())).encoded()
        #expect(reply.withUnsafeBytes { AnswerFrame($0) } == .answer(7))
        #expect(fault.withUnsafeBytes { AnswerFrame($0) } == .answer(8))
        #expect(FrameLayout.draining(9).withUnsafeBytes { AnswerFrame($0) } == .draining(9))
        #expect(FrameLayout.alive.withUnsafeBytes { AnswerFrame($0) } == .alive)
        #expect(FrameLayout.ping.withUnsafeBytes { AnswerFrame($0) } == nil)
        #expect([UInt8](reply[..<9]).withUnsafeBytes { AnswerFrame($0) } == nil)
    }

    @Test func `the budget of a question is renewed in its place`() throws {
        let header = RequestHeader(
            correlation: 1, budgetMS: 5000, subject: "a.b.v1", requestID: "request-1", traceparent: nil,
            caller: .anonymous)
        var frame = header.encoded(with: Done())
        frame.setBudget(123)
        #expect(try RequestEnvelope(decoding: frame).header.budgetMS == 123)
        var short: [UInt8] = [1, 2]
        short.setBudget(1)
        #expect(short == [1, 2])
    }

    @Test func `a notice carries its number`() {
        var frame = NoticeFrame.encode(Caller.anonymous)
        NoticeFrame.setNumber(77, of: &frame)
        #expect(NoticeFrame.number(of: frame) == 77)
        #expect(Array(frame[NoticeFrame.header...]) == Caller.anonymous.encoded())
        frame[0] = 9
        #expect(NoticeFrame.number(of: frame) == nil)
        #expect(NoticeFrame.number(of: []) == nil)
    }

    @Test func `a peer is dead after silence over several heartbeats`() {
        var limits = BusLimits()
        (limits.heartbeatMS, limits.heartbeatTimeoutMS) = (10, 30)
        var pulse = Pulse(limits: limits)
        func beat() -> Pulse.Beat { pulse.beat(at: .after(milliseconds: 1000)) }
        #expect(pulse.beat(at: .after(milliseconds: 0)) == .none)
        #expect(beat() == .due)
        #expect(beat() == .due)
        #expect(beat() == .due)
        #expect(beat() == .lost)
        pulse.heard()
        #expect(beat() == .due)
        pulse.restart()
        #expect(pulse.beat(at: .after(milliseconds: 0)) == .none)
    }

    @Test func `endpoints are taken apart`() {
        #expect(NameResolution.parts(of: "tcp://calls:7000")?.host == "calls")
        #expect(NameResolution.parts(of: "tcp://calls:7000")?.port == "7000")
        #expect(NameResolution.parts(of: "tcp://[::1]:7000")?.host == "::1")
        #expect(NameResolution.parts(of: "ipc:///run/a.sock") == nil)
        #expect(NameResolution.parts(of: "tcp://:7000") == nil)
        #expect(SocketFiles.path(of: "ipc:///run/a.sock") == "/run/a.sock")
        #expect(SocketFiles.path(of: "tcp://a:1") == nil)
    }

    @Test func `a name that is an address is its own endpoint and an unknown one has none`() {
        let names = NameResolution()
        #expect(names.endpoints(of: "tcp://127.0.0.1:5") == ["tcp://127.0.0.1:5"])
        #expect(names.endpoints(of: "tcp://[::1]:5") == ["tcp://[::1]:5"])
        #expect(names.endpoints(of: "tcp://no-such-host.invalid:5").isEmpty)
    }
}
