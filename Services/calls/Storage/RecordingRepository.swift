import Bus
import Contracts

/// Where it is kept which recording a call has.
protocol RecordingRepository: Sendable {
    /// Whether there is such a call and it is not deleted.
    func hasCall(_ id: CallID, in workspaceID: WorkspaceID) async throws -> Bool

    /// Keeps the recording unless one whose upload was begun later is there.
    /// - Returns: what is there now.
    /// - Faults: `.callNotFound`.
    func keep(_ recording: Recording, in workspaceID: WorkspaceID) async throws -> CallRecording

    /// - Faults: `.recordingNotFound`.
    func recording(of callID: CallID, in workspaceID: WorkspaceID, withTranscript: Bool) async throws -> CallRecording

    /// - Parameter days: nil: for ever.
    func setRetention(days: Int?, in workspaceID: WorkspaceID) async throws
}

/// What the sweeper asks of the recordings of all workspaces.
protocol RecordingSweeping: Sendable {
    /// Forgets recordings of deleted calls and those older than their workspace keeps them.
    /// - Parameter limit: how many at most.
    /// - Returns: their keys; fewer than `limit` are the last ones.
    func forgetExpired(limit: Int) async throws -> [String]

    /// Those of the keys that are no call's recording.
    func unused(_ keys: [String]) async throws -> [String]
}
