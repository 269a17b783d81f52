import Bus
import Contracts
import Foundation
import Testing

@testable import calls

struct RecordingHandlerTests {
    private static let start = Timestamp(text: "2026-03-01T12:00:00Z") ?? .now()

    private let workspace = WorkspaceID(UUID())
    private let calls = InMemoryCallRepository()

    private var caller: Caller { Caller(identity: .apiKey(UUID()), workspaceID: workspace.uuid) }

    private func storedCall() async throws -> CallID {
        let request = LogCall(id: CallID(UUID()), clientID: ClientID(UUID()), createdAt: Self.start)
        let call = try NewCall.logged(request, in: workspace, agentID: nil, at: Self.start)
        return try await calls.store([call])[0].get().id
    }

    /// - Parameter minutes: after the moment at which keys are given.
    private func handler(minutes: Int = 0) -> RecordingHandler {
        RecordingHandler(
            recordings: recordings, now: { Self.start.adding(seconds: minutes * 60) },
            makeID: { UUID(uuidString: Self.uploadID) ?? UUID() })
    }

    private let recordings: InMemoryRecordingRepository

    init() {
        recordings = InMemoryRecordingRepository(calls: calls)
    }

    private static let uploadID: String = {
        let digits = String(start.microseconds / 1000, radix: 16)
        let text = String(repeating: "0", count: 12 - digits.count) + digits
        return "\(text.prefix(8))-\(text.suffix(4))-7000-8000-000000000001"
    }()

    private func confirmation(_ call: CallID, _ key: String) -> ConfirmRecording {
        ConfirmRecording(
            callID: call, key: key, format: .wav, sizeBytes: 1, sha256: [UInt8](repeating: 0, count: 32),
            durationMS: nil)
    }

    @Test func `a key is given for a call that is there, and taken for it`() async throws {
        let call = try await storedCall()
        let place = try await handler().handle(BeginRecording(callID: call), from: caller)
        #expect(place.key == "\(workspace)/\(call)/\(Self.uploadID)")
        let kept = try await handler(minutes: 11 * 60).handle(confirmation(call, place.key), from: caller)
        #expect(kept.recording.key == place.key)
        await #expect(throws: Fault(.callNotFound)) {
            _ = try await handler().handle(BeginRecording(callID: CallID(UUID())), from: caller)
        }
        let stranger = Caller(identity: .apiKey(UUID()), workspaceID: UUID())
        await #expect(throws: Fault(.callNotFound)) {
            _ = try await handler().handle(BeginRecording(callID: call), from: stranger)
        }
    }

    @Test func `a key of another call, of another workspace or of yesterday is refused`() async throws {
        let call = try await storedCall()
        for key in [
            "\(workspace)/\(CallID(UUID()))/\(Self.uploadID)", "\(WorkspaceID(UUID()))/\(call)/\(Self.uploadID)", "",
            "x",
            "\(workspace)/\(call)/", "\(workspace)/\(call)/\(UUID().uuidString.lowercased())",
            "\(workspace)/\(call)/../\(Self.uploadID)",
        ] {
            await #expect(throws: Fault.self, "\(key)") {
                _ = try await handler().handle(confirmation(call, key), from: caller)
            }
        }
        let good = "\(workspace)/\(call)/\(Self.uploadID)"
        await #expect(throws: Fault.self) {
            _ = try await handler(minutes: 12 * 60 + 1).handle(confirmation(call, good), from: caller)
        }
        await #expect(throws: Fault.self) {
            _ = try await handler(minutes: -2).handle(confirmation(call, good), from: caller)
        }
        _ = try await handler().handle(confirmation(call, good), from: caller)
    }
}
