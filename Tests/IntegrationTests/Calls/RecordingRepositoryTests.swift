import Bus
import Contracts
import Foundation
import Postgres
import Testing

@testable import calls

/// What every form of the recordings' repository does.
struct RecordingRepositoryTests {
    private let workspace = WorkspaceID(UUID())
    private let client = ClientID(UUID())

    /// A form of the repository with a stored call.
    private struct Place {
        let recordings: any RecordingRepository
        let sweeping: any RecordingSweeping
        let call: CallID
    }

    private func with(_ form: CallStore.Form, _ body: (Place) async throws -> Void) async throws {
        let call = try NewCall.sample(in: workspace, client: client)
        switch form {
        case .memory:
            let calls = InMemoryCallRepository()
            _ = try await calls.store([call])[0].get()
            let recordings = InMemoryRecordingRepository(calls: calls)
            try await body(Place(recordings: recordings, sweeping: recordings, call: call.id))
        case .postgres:
            try await CallStore.withPostgres { database, _ in
                _ = try await CallStore.postgres(database).calls.store([call])[0].get()
                try await body(
                    Place(
                        recordings: PostgresRecordingRepository(database: database.database),
                        sweeping: PostgresRecordingSweeping(jobs: database.jobs), call: call.id))
            }
        }
    }

    private func recording(
        of call: CallID, upload: Int = 1, format: RecordingFormat = .wav, storedDaysAgo days: Int = 0
    ) -> Recording {
        Recording(
            callID: call, key: "\(workspace)/\(call)/\(upload)", format: format, sizeBytes: 1000 + upload,
            sha256: [UInt8](repeating: UInt8(upload), count: 32), durationMS: upload == 1 ? nil : 1500,
            createdAt: Timestamp(microseconds: Timestamp.now().adding(seconds: -days * 86_400).microseconds))
    }

    @Test(arguments: CallStore.Form.allCases)
    func `a recording is kept once and read with what is known of its call`(form: CallStore.Form) async throws {
        try await with(form) { place in
            await #expect(throws: Fault(.recordingNotFound)) {
                _ = try await place.recordings.recording(of: place.call, in: workspace, withTranscript: true)
            }
            let recording = recording(of: place.call)
            let kept = try await place.recordings.keep(recording, in: workspace)
            #expect(kept.recording == recording && kept.transcript == "Hello" && kept.callDurationMS == 45_500)
            #expect(kept.phoneNumber == "+1-555-0200" && kept.agentID == nil && kept.campaignID == nil)
            #expect(try await place.recordings.keep(recording, in: workspace) == kept)
            let read = try await place.recordings.recording(of: place.call, in: workspace, withTranscript: true)
            #expect(read == kept)
            let short = try await place.recordings.recording(of: place.call, in: workspace, withTranscript: false)
            #expect(short.transcript == "" && short.recording == recording)
        }
    }

    @Test(arguments: CallStore.Form.allCases)
    func `of two uploads the one that was begun last stays, whatever is confirmed last`(
        form: CallStore.Form
    ) async throws {
        try await with(form) { place in
            let (first, second) = (recording(of: place.call), recording(of: place.call, upload: 2, format: .ogg))
            _ = try await place.recordings.keep(first, in: workspace)
            #expect(try await place.recordings.keep(second, in: workspace).recording == second)
            #expect(try await place.recordings.keep(first, in: workspace).recording == second)
            #expect(
                try await Set(place.sweeping.unused([first.key, second.key, "other"])) == [first.key, "other"])
        }
    }

    @Test(arguments: CallStore.Form.allCases)
    func `another workspace's call is no call`(form: CallStore.Form) async throws {
        try await with(form) { place in
            let stranger = WorkspaceID(UUID())
            #expect(try await place.recordings.hasCall(place.call, in: workspace))
            #expect(try await !place.recordings.hasCall(place.call, in: stranger))
            #expect(try await !place.recordings.hasCall(CallID(UUID()), in: workspace))
            _ = try await place.recordings.keep(recording(of: place.call), in: workspace)
            await #expect(throws: Fault(.callNotFound)) {
                _ = try await place.recordings.keep(recording(of: place.call, upload: 2), in: stranger)
            }
            await #expect(throws: Fault(.recordingNotFound)) {
                _ = try await place.recordings.recording(of: place.call, in: stranger, withTranscript: true)
            }
        }
    }

    @Test(arguments: CallStore.Form.allCases)
    func `a workspace keeps its recordings for as many days as it says`(form: CallStore.Form) async throws {
        try await with(form) { place in
            let recording = recording(of: place.call, storedDaysAgo: 10)
            _ = try await place.recordings.keep(recording, in: workspace)
            #expect(try await place.sweeping.forgetExpired(limit: 10) == [])
            try await place.recordings.setRetention(days: 5, in: WorkspaceID(UUID()))
            try await place.recordings.setRetention(days: 5, in: workspace)
            try await place.recordings.setRetention(days: 11, in: workspace)
            #expect(try await place.sweeping.forgetExpired(limit: 10) == [])
            try await place.recordings.setRetention(days: 9, in: workspace)
            try await place.recordings.setRetention(days: nil, in: workspace)
            #expect(try await place.sweeping.forgetExpired(limit: 10) == [])
            try await place.recordings.setRetention(days: 9, in: workspace)
            #expect(try await place.sweeping.forgetExpired(limit: 10) == [recording.key])
            #expect(try await place.sweeping.forgetExpired(limit: 10) == [])
        }
    }

    @Test func `a deleted call has no recording, and the sweeper forgets it`() async throws {
        try await CallStore.withPostgres { database, _ in
            let call = try NewCall.sample(in: workspace, client: client)
            _ = try await CallStore.postgres(database).calls.store([call])[0].get()
            let recordings = PostgresRecordingRepository(database: database.database)
            let sweeping = PostgresRecordingSweeping(jobs: database.jobs)
            let kept = try await recordings.keep(recording(of: call.id), in: workspace)
            try await database.database.query(
                "UPDATE calls.calls SET deleted_at = now() WHERE id = \(call.id)", workspaces: [workspace.uuid])
            #expect(try await !recordings.hasCall(call.id, in: workspace))
            await #expect(throws: Fault(.callNotFound)) {
                _ = try await recordings.keep(recording(of: call.id, upload: 3), in: workspace)
            }
            #expect(try await sweeping.forgetExpired(limit: 10) == [kept.recording.key])
        }
    }
}
