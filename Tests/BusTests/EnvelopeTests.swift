import Bus
import Foundation
import Testing

@Suite struct EnvelopeTests {
    private let header = RequestHeader(
        correlation: 0xDEAD_BEEF, budgetMS: 1500, subject: "calls.log-call.v1", requestID: "request-0001",
        traceparent: "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        caller: Caller(identity: .person(UUID(), session: UUID()), workspaceID: UUID(), scopes: 5))

    @Test func `a question comes back as it was`() throws {
        let envelope = RequestEnvelope(header: header, payload: [1, 2, 3])
        #expect(try RequestEnvelope(decoding: envelope.encoded()) == envelope)
        var bare = envelope
        bare.header.traceparent = nil
        bare.header.caller = .anonymous
        bare.payload = []
        #expect(try RequestEnvelope(decoding: bare.encoded()) == bare)
    }

    @Test func `a header and a message make the same bytes as the envelope`() {
        let message = Caller.service("calls")
        #expect(
            header.encoded(with: message) == RequestEnvelope(header: header, payload: message.encoded()).encoded())
    }

    @Test func `the number and the budget stand at fixed places`() {
        let bytes = RequestEnvelope(header: header, payload: []).encoded()
        #expect(bytes[0] == WireVersion.current && bytes[1] == WireKind.request.rawValue)
        #expect(Array(bytes[2..<10]) == [0xEF, 0xBE, 0xAD, 0xDE, 0, 0, 0, 0])
        #expect(Array(bytes[10..<14]) == [0xDC, 0x05, 0, 0])
    }

    @Test func `answers and faults come back as they were`() throws {
        let reply = try ReplyEnvelope(decoding: ReplyEnvelope(correlation: 7, result: .success([9])).encoded())
        #expect(reply.correlation == 7)
        #expect(try reply.result.get() == [9])
        for kind in Fault.Kind.allCases {
            let fault = Fault(kind: kind, code: "c", message: "m", field: "f", retryAfterMS: 12)
            let back = try ReplyEnvelope(decoding: ReplyEnvelope(correlation: 8, result: .failure(fault)).encoded())
            #expect(throws: fault) { try back.result.get() }
        }
    }

    @Test func `another version and another kind are refused`() {
        var bytes = RequestEnvelope(header: header, payload: []).encoded()
        bytes[0] = 2
        #expect(throws: MalformedMessage.self) { try RequestEnvelope(decoding: bytes) }
        bytes[0] = WireVersion.current
        bytes[1] = WireKind.reply.rawValue
        #expect(throws: MalformedMessage.self) { try RequestEnvelope(decoding: bytes) }
        bytes[1] = 200
        #expect(throws: MalformedMessage.self) { try RequestEnvelope(decoding: bytes) }
        #expect(throws: MalformedMessage.self) { try ReplyEnvelope(decoding: bytes) }
    }

    @Test func `every caller comes back as it was`() throws {
        for identity: Caller.Identity in [
            .anonymous, .person(UUID(), session: UUID()), .apiKey(UUID()), .service("analytics"),
        ] {
            for workspaceID in [nil, UUID()] {
                let caller = Caller(identity: identity, workspaceID: workspaceID, scopes: .random(in: 0 ... .max))
                #expect(try Caller.decoded(from: caller.encoded()) == caller)
            }
        }
    }
}
