import Bus
import Contracts
import Foundation
import Synchronization
import TestSupport
import Testing

@testable import agents

/// The carrier over a real connection to a peer that behaves as it likes.
@Suite struct `A voice server` {
    private static let success = HTTPPeer.Behaviour.answer(status: 200, body: #"{"status":"success","id":"x"}"#)

    private func attempt() -> Attempt {
        Attempt(
            workspaceID: WorkspaceID(UUID()), callID: CallID(UUID()), campaignID: CampaignID(UUID()),
            numberID: NumberID(UUID()), agentID: AgentID(UUID()), callerID: "+15550199", phoneNumber: "+1-555-0100",
            phase: .placing, isSimulated: false)
    }

    private func place(
        _ attempt: Attempt, key: String? = nil, deadlineMS: Int64 = 1500, _ behaviour: HTTPPeer.Behaviour
    ) async throws -> (Placement, [HTTPPeer.Received]) {
        let peer = try HTTPPeer { _ in behaviour }
        let carrier = VoiceServerCarrier(url: "http://127.0.0.1:\(peer.port)/", key: key, deadlineMS: deadlineMS)
        let placement = await carrier.place(attempt)
        await carrier.close()
        peer.stop()
        return (placement, peer.received)
    }

    @Test func `is asked once, for the number, with the call's id`() async throws {
        let attempt = attempt()
        let (placement, received) = try await place(attempt, key: "secret", Self.success)
        #expect(placement == .placed && received.count == 1)
        #expect(received[0].head.hasPrefix("POST /outbound/call/ HTTP/1.1"))
        #expect(received[0].head.contains("Authorization: Bearer secret"))
        let body = try #require(
            try JSONSerialization.jsonObject(with: Data(received[0].body.utf8)) as? [String: String])
        #expect(
            body == [
                "customer_number": "+1-555-0100", "agent_id": "\(attempt.agentID)", "caller_id": "+15550199",
                "custom_field": "\(attempt.callID)",
            ])
    }

    @Test func `that is too slow, dies or fails leaves it open`() async throws {
        for behaviour in [
            HTTPPeer.Behaviour.slow(milliseconds: 4000, status: 200, body: #"{"status":"success"}"#), .dies,
            .answer(status: 503, body: "busy"), .answer(status: 200, body: "well"),
        ] {
            var (placement, received) = try await place(attempt(), behaviour)
            // On a busy machine even the connection may take too long; then nothing was sent.
            for _ in 0..<5 where received.isEmpty { (placement, received) = try await place(attempt(), behaviour) }
            guard case .unknown = placement else {
                Issue.record("\(behaviour): \(placement)")
                continue
            }
            #expect(received.count == 1, "\(behaviour)")
        }
    }

    @Test func `that answers twice has placed one call`() async throws {
        let peer = try HTTPPeer { _ in .answersTwice(status: 200, body: #"{"status":"success"}"#) }
        let carrier = VoiceServerCarrier(url: "http://127.0.0.1:\(peer.port)", key: nil)
        for _ in 0..<5 { #expect(await carrier.place(attempt()) == .placed) }
        await carrier.close()
        peer.stop()
        #expect(peer.received.count == 5)
    }

    @Test func `that refuses says why`() async throws {
        let (placement, _) = try await place(attempt(), .answer(status: 422, body: "no number"))
        #expect(placement == .refused(code: "422", detail: "no number", isFailing: false))
        let (other, _) = try await place(attempt(), .answer(status: 200, body: #"{"status":"error","message":"full"}"#))
        #expect(other == .refused(code: "error", detail: "full", isFailing: false))
        let (moved, received) = try await place(attempt(), .answer(status: 307, body: ""))
        #expect(moved == .refused(code: "307", detail: "", isFailing: true) && received.count == 1)
    }

    @Test func `that is not there was sent nothing`() async throws {
        let carrier = VoiceServerCarrier(url: "http://127.0.0.1:\(try TestPorts.free())", key: nil)
        let placement = await carrier.place(attempt())
        await carrier.close()
        guard case .unsent = placement else {
            Issue.record("\(placement)")
            return
        }
    }

    @Test func `that comes back is asked for what waits, each once, and dies without a second order`() async throws {
        try await DialBench.with { bench in
            let id = try await bench.launched(40) { $0.maxConcurrentCalls = 10 }
            let port = try TestPorts.free()
            let carrier = VoiceServerCarrier(url: "http://127.0.0.1:\(port)", key: nil, deadlineMS: 2000)
            let peer = Mutex<HTTPPeer?>(nil)
            let started = ContinuousClock.now
            try await bench.dial(carrier: carrier) {
                if ContinuousClock.now - started > .milliseconds(700), peer.withLock({ $0 == nil }) {
                    let made = try HTTPPeer(port: port) { _ in Self.success }
                    peer.withLock { $0 = made }
                }
                for (callID, call) in bench.calls.calls where !call.facts.status.isEnd {
                    let isPlaced = peer.withLock { $0?.received.contains { $0.body.contains("\(callID)") } } ?? false
                    if isPlaced { try bench.calls.end(callID, .completed) }
                }
                return try await bench.campaign(id).status == .completed
            }
            let received = peer.withLock { $0?.received ?? [] }
            peer.withLock { $0?.stop() }
            #expect(received.count == 40 && Set(received.map(\.body)).count == 40)
            #expect(try await bench.campaign(id).counts == CampaignCounts(total: 40, completed: 40))
        }
    }
}
