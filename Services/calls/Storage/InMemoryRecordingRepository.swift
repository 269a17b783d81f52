import Bus
import Contracts
import Foundation

/// Recordings in memory, for unit tests: the same answers as PostgreSQL gives.
final class InMemoryRecordingRepository: RecordingRepository, RecordingSweeping, @unchecked Sendable {
    private struct Entry {
        let workspaceID: WorkspaceID
        let recording: Recording
    }

    private let calls: any CallRepository
    private let lock = NSLock()
    private var entries: [CallKey: Entry] = [:]
    private var retention: [WorkspaceID: Int] = [:]
    private let now: @Sendable () -> Timestamp

    init(calls: any CallRepository, now: @escaping @Sendable () -> Timestamp = { .now() }) {
        self.calls = calls
        self.now = now
    }

    func hasCall(_ id: CallID, in workspaceID: WorkspaceID) async throws -> Bool {
        try await call(id, in: workspaceID) != nil
    }

    func keep(_ recording: Recording, in workspaceID: WorkspaceID) async throws -> CallRecording {
        guard let call = try await call(recording.callID, in: workspaceID) else { throw Fault(.callNotFound) }
        let kept = lock.withLock {
            let place = CallKey(workspaceID: workspaceID, id: recording.callID)
            if let known = entries[place]?.recording, known.key >= recording.key { return known }
            entries[place] = Entry(workspaceID: workspaceID, recording: recording)
            return recording
        }
        return Self.shown(kept, call, call.transcript)
    }

    func recording(of callID: CallID, in workspaceID: WorkspaceID, withTranscript: Bool) async throws -> CallRecording {
        let entry = lock.withLock { entries[CallKey(workspaceID: workspaceID, id: callID)] }
        guard let entry, let call = try await call(callID, in: workspaceID) else { throw Fault(.recordingNotFound) }
        return Self.shown(entry.recording, call, withTranscript ? call.transcript : "")
    }

    func setRetention(days: Int?, in workspaceID: WorkspaceID) async throws {
        lock.withLock { retention[workspaceID] = days }
    }

    func forgetExpired(limit: Int) async throws -> [String] {
        let moment = now()
        let known = lock.withLock { entries }
        var expired: [CallKey] = []
        for (place, entry) in known where expired.count < limit {
            let days = lock.withLock { retention[entry.workspaceID] }
            let isOld = days.map { entry.recording.createdAt.adding(seconds: $0 * 86_400) < moment } ?? false
            let isGone = try await call(entry.recording.callID, in: entry.workspaceID) == nil
            if isOld || isGone { expired.append(place) }
        }
        return lock.withLock { expired.compactMap { entries.removeValue(forKey: $0)?.recording.key } }
    }

    func unused(_ keys: [String]) async throws -> [String] {
        let used = Set(lock.withLock { entries.values.map(\.recording.key) })
        return keys.filter { !used.contains($0) }
    }

    private func call(_ id: CallID, in workspaceID: WorkspaceID) async throws -> CallRecord? {
        do {
            return try await calls.call(id, in: workspaceID).record
        } catch let fault as Fault where fault.entry == .callNotFound {
            return nil
        }
    }

    private static func shown(_ recording: Recording, _ call: CallRecord, _ transcript: String) -> CallRecording {
        CallRecording(
            recording: recording, callDurationMS: call.facts.durationMS, transcript: transcript,
            agentID: call.facts.agentID, campaignID: call.facts.campaignID, phoneNumber: call.otherPartyPhone)
    }
}
