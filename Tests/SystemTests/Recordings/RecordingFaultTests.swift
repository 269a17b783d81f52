import Foundation
import TestSupport
import Testing

extension RealStack {
    /// What stays when something dies or is away in the middle of an upload.
    @Suite(.serialized, .stack()) struct RecordingFaults {
        @Test func `a gateway that is killed in an upload leaves no row, and a file that the sweeper takes`()
            async throws
        {
            let running = try Running.current
            let api = try await Running.person()
            let call = try await api.newCall()
            let files = StoredFiles(running.stack)
            let head = [
                "PUT /call-recordings/\(call) HTTP/1.1", "Host: a", "Authorization: Bearer \(try api.token)",
                "Content-Length: 2000000", "", "",
            ].joined(separator: "\r\n")
            async let replies = RawConnection.exchange(
                port: running.stack.port,
                [.init(Array(head.utf8) + Sound.ogg(bytes: 1_000_000)), .init("x", after: 6)])
            try await eventually(within: .seconds(5), "a part is on the disk") { files.incoming.count == 1 }
            await running.stack.kill("gateway")
            #expect(try await replies.answers.isEmpty)
            try await running.stack.awaitReady()
            try await AnswerWatch.$allowsServerErrors.withValue(true) {
                try await eventually(within: .seconds(10), "the gateway is back") {
                    try await api.get("/call-recordings/\(call)").status == 404
                }
            }
            #expect(files.objects.isEmpty && files.incoming.count == 1)
            try await running.stack.run("calls", "sweep-recordings")
            #expect(files.incoming.count == 1)
            try files.age(files.incoming[0], byHours: 25)
            try await running.stack.run("calls", "sweep-recordings")
            #expect(files.incoming.isEmpty)
            try await api.upload(Sound.ogg(bytes: 2_000_000), of: call).expect(200)
        }

        @Test func `a gateway that is killed before the row leaves an object that the sweeper takes`() async throws {
            let running = try Running.current
            let api = try await Running.person()
            let call = try await api.newCall()
            let files = StoredFiles(running.stack)
            let before = Set(files.objects)
            try await running.stack.restart("gateway", failpoint: "gateway-object-stored:kill@1")
            await #expect(throws: (any Error).self) { _ = try await api.upload(Sound.wav(seconds: 1), of: call) }
            #expect(await running.stack["gateway"].hasFired)
            try await running.stack.restart("gateway")
            try await AnswerWatch.$allowsServerErrors.withValue(true) {
                try await eventually(within: .seconds(10), "the gateway is back") {
                    try await api.get("/call-recordings/\(call)").status == 404
                }
            }
            let orphans = files.objects.filter { !before.contains($0) }
            #expect(orphans.count == 1)
            try await running.stack.run("calls", "sweep-recordings")
            #expect(files.objects.contains { orphans.contains($0) })
            for name in orphans { try files.age(name, byHours: 25) }
            try await running.stack.run("calls", "sweep-recordings")
            #expect(!files.objects.contains { orphans.contains($0) })
        }

        @Test func `the sweeper takes what no call has, after a day, and nothing else`() async throws {
            let running = try Running.current
            let api = try await Running.person()
            let (kept, deleted) = (try await api.newCall(), try await api.newCall())
            let files = StoredFiles(running.stack)
            try await running.stack.query("DELETE FROM calls.recordings")
            for name in files.objects { try files.age(name, byHours: 25) }
            try await running.stack.run("calls", "sweep-recordings")
            #expect(files.objects.isEmpty)

            let sound = Sound.wav(seconds: 1)
            try await api.upload(Sound.mp3(bytes: 500), of: kept).expect(200)
            for id in [kept, deleted] { try await api.upload(sound, of: id).expect(200) }
            #expect(files.objects.count == 3)
            try await running.stack.query(
                "UPDATE calls.calls SET deleted_at = now() WHERE id = \(UUID(uuidString: deleted))")
            try await api.get("/call-recordings/\(deleted)").expect(404)
            try await api.upload(sound, of: deleted).expect(404)
            try await running.stack.run("calls", "sweep-recordings")
            // The deleted call's goes at once; what was replaced may still be on its way to somebody.
            #expect(files.objects.count == 2)
            for name in files.objects { try files.age(name, byHours: 25) }
            try await running.stack.run("calls", "sweep-recordings")
            #expect(files.objects.count == 1)
            #expect(try await api.get("/call-recordings/\(kept)/download").expect(200).body == sound)

            let workspace: UUID = try await running.stack.query(
                "SELECT workspace_id FROM calls.recordings WHERE call_id = \(UUID(uuidString: kept))")[0].decode(at: 0)
            try await running.stack.query(
                "INSERT INTO calls.recording_retention (workspace_id, retention_days) VALUES (\(workspace), 30)")
            try await running.stack.run("calls", "sweep-recordings")
            try await api.get("/call-recordings/\(kept)").expect(200)
            try await running.stack.query("UPDATE calls.recordings SET created_at = created_at - interval '31 days'")
            try await running.stack.run("calls", "sweep-recordings")
            #expect(try await api.get("/call-recordings/\(kept)").expect(404).json["error_code"] == "RECORDING_001")
            #expect(files.objects.isEmpty)
        }

        @Test func `a calls service that is away refuses an upload before its bytes`() async throws {
            let running = try Running.current
            let api = try await Running.person()
            let call = try await api.newCall()
            await running.stack["calls"].stop()
            try await AnswerWatch.$allowsServerErrors.withValue(true) {
                let answer = try await api.upload(Sound.wav(seconds: 1), of: call).expect(503)
                #expect(answer.header("Retry-After") != nil)
            }
            #expect(StoredFiles(running.stack).incoming.isEmpty)
            try await running.stack["calls"].start()
            try await running.stack.awaitReady()
        }
    }

    /// The same on S3.
    @Suite(.serialized, .s3Stack) struct RecordingsOnS3 {
        private var server: S3Server {
            get throws { try #require(S3StackTrait.server) }
        }

        @Test func `a recording comes back byte by byte, in one part and in several`() async throws {
            let api = try await Running.person()
            let call = try await api.newCall()
            for sound in [Sound.wav(seconds: 2), Sound.ogg(bytes: 20_000_000)] {
                try await api.upload(sound, of: call).expect(200)
                #expect(try await api.get("/call-recordings/\(call)/download").expect(200).body == sound)
                let piece = try await api.send(
                    "GET", "/call-recordings/\(call)/download", headers: ["Range": "bytes=-1000"]
                ).expect(206)
                #expect(piece.body == sound.suffix(1000))
            }
            #expect(try await Running.current.api.get("/readiness").expect(200).json["storage"] == "ok")
        }

        @Test func `without storage an upload is 503, nothing is lost, and all works again when it is back`()
            async throws
        {
            let running = try Running.current
            let api = try await Running.person()
            let (call, other) = (try await api.newCall(), try await api.newCall())
            let sound = Sound.wav(seconds: 2)
            try await api.upload(sound, of: call).expect(200)
            let server = try server
            await server.halt()
            try await AnswerWatch.$allowsServerErrors.withValue(true) {
                for bytes in [Sound.mp3(bytes: 1000), Sound.mp3(bytes: 12_000_000)] {
                    for id in [call, other] {
                        let answer = try await api.upload(bytes, of: id).expect(503)
                        #expect(Int(answer.header("Retry-After") ?? "") ?? 0 >= 1)
                    }
                }
                try await api.get("/call-recordings/\(call)/download").expect(503)
                try await eventually(within: .seconds(10), "it is said that storage is away") {
                    try await running.api.get("/readiness").json["storage"] != "ok"
                }
                try await running.api.get("/readiness").expect(503)
            }
            // What is known of it does not need its bytes.
            #expect(try await api.get("/call-recordings/\(call)").expect(200).json["size_bytes"].int == sound.count)
            try await api.get("/call-recordings/\(other)").expect(404)
            try await server.start()
            #expect(try await api.get("/call-recordings/\(call)/download").expect(200).body == sound)
            try await api.upload(sound, of: other).expect(200)
            try await AnswerWatch.$allowsServerErrors.withValue(true) {
                try await eventually(within: .seconds(5), "storage is said to work") {
                    try await running.api.get("/readiness").status == 200
                }
            }
        }

        @Test func `the sweeper takes orphans and unfinished uploads there too`() async throws {
            let running = try Running.current
            let api = try await Running.person()
            let call = try await api.newCall()
            try await api.upload(Sound.mp3(bytes: 100), of: call).expect(200)
            try await api.upload(Sound.wav(seconds: 1), of: call).expect(200)
            let folder = try server.folder + "/test-recordings"
            func objects() -> [String] {
                (FileManager.default.enumerator(atPath: folder)?.compactMap { $0 as? String } ?? [])
                    .filter { $0.contains(call) && $0.split(separator: "/").count == 3 }
            }
            #expect(objects().count == 2)
            try await running.stack.run("calls", "sweep-recordings")
            #expect(objects().count == 2)
            for name in objects() {
                try FileManager.default.setAttributes(
                    [.modificationDate: Date().addingTimeInterval(-25 * 3600)], ofItemAtPath: "\(folder)/\(name)")
            }
            let server = try server
            await server.halt()
            try await server.start()
            try await running.stack.run("calls", "sweep-recordings")
            #expect(objects().count == 1)
            try await api.get("/call-recordings/\(call)/download").expect(200)
        }
    }
}
