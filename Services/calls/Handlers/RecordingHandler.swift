import Bus
import Contracts
import Foundation
import ServiceRuntime

/// What is known of recordings: begun, confirmed, read.
struct RecordingHandler: Sendable {
    let recordings: any RecordingRepository
    var now: @Sendable () -> Timestamp = { .now() }
    var makeID: @Sendable () -> UUID = { UUIDv7.make() }

    @Sendable func handle(_ request: BeginRecording, from caller: Caller) async throws -> RecordingPlace {
        let workspaceID = try caller.requireWorkspace()
        guard try await recordings.hasCall(request.callID, in: workspaceID) else { throw Fault(.callNotFound) }
        return RecordingPlace(
            key: RecordingKey(workspaceID: workspaceID, callID: request.callID, upload: makeID()).text)
    }

    @Sendable func handle(_ request: ConfirmRecording, from caller: Caller) async throws -> CallRecording {
        let workspaceID = try caller.requireWorkspace()
        let now = now()
        let key = try RecordingKey(request.key, workspaceID: workspaceID, callID: request.callID, at: now)
        guard request.sizeBytes > 0, request.sha256.count == 32, request.durationMS ?? 0 >= 0 else {
            throw Fault(.inputInvalid)
        }
        let recording = Recording(
            callID: request.callID, key: key.text, format: request.format, sizeBytes: request.sizeBytes,
            sha256: request.sha256, durationMS: request.durationMS, createdAt: now)
        return try await recordings.keep(recording, in: workspaceID)
    }

    @Sendable func handle(_ request: GetRecording, from caller: Caller) async throws -> CallRecording {
        try await recordings.recording(
            of: request.callID, in: caller.requireWorkspace(), withTranscript: request.wantsTranscript)
    }
}
