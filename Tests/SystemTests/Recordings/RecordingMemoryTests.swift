import Foundation
import TestSupport
import Testing

extension RealStack {
    /// Recordings of the largest size go through the gateway without being held by it.
    @Suite(.serialized, .stack()) struct RecordingMemory {
        @Test func `200 MB up and down add less than 32 MB to the gateway on the local disk`() async throws {
            try await LargeRecording.expectLittleMemory("local disk")
        }

        @Test func `a sender that stalls is cut, one that goes on is not`() async throws {
            let running = try Running.current
            let api = try await Running.person()
            let (slow, stalled) = (try await api.newCall(), try await api.newCall())
            // 45 s in all: longer than a whole body may take.
            let sound = LargeSound(parts: 30, pause: .milliseconds(1500))
            async let uploaded = sound.upload(of: slow, api)
            let head = [
                "PUT /call-recordings/\(stalled) HTTP/1.1", "Host: a", "Authorization: Bearer \(try api.token)",
                "Content-Length: 100000", "", "OggS",
            ].joined(separator: "\r\n")
            let drops = (0..<40).map { _ in RawConnection.Piece("a", after: 1) }
            let cut = try await RawConnection.exchange(
                port: running.stack.port, [.init(head)] + drops, patience: 3)
            #expect(cut.answers.first?.status == 408 || cut.isClosed)
            #expect((28...43).contains(cut.seconds), "\(cut.seconds)")
            #expect(try await uploaded.status == 200)
            try await api.get("/call-recordings/\(stalled)").expect(404)
            try await eventually(within: .seconds(2), "what had come is gone") {
                StoredFiles(running.stack).incoming.isEmpty
            }
        }
    }

    @Suite(.serialized, .s3Stack) struct RecordingMemoryS3 {
        @Test func `200 MB up and down add less than 32 MB to the gateway on S3`() async throws {
            try await LargeRecording.expectLittleMemory("S3")
        }
    }
}

enum LargeRecording {
    static func expectLittleMemory(_ place: String) async throws {
        let stack = try Running.current.stack
        let api = try await Running.person()
        let call = try await api.newCall()
        // The first ones make what is made once: connections, threads, buffers.
        _ = try await LargeSound(parts: 16).upload(of: call, api)
        _ = try await LargeSound.download(of: call, api)
        let pid = try #require(await stack["gateway"].pid)
        let sound = LargeSound(parts: 200 * 16)
        let up = try await MemoryWatch.rise(of: pid) {
            let answer = try await sound.upload(of: call, api)
            #expect(answer.status == 200 && answer.json["sha256"].string == sound.sha256, "\(answer.json)")
        }
        let down = try await MemoryWatch.rise(of: pid) {
            let file = try await LargeSound.download(of: call, api)
            #expect(file.size == sound.size && file.sha256 == sound.sha256)
        }
        print("200 MB on \(place): the gateway's memory rose by \(up) KiB up and \(down) KiB down")
        #expect(up < 32_768 && down < 32_768)
    }
}

/// The files of the local store.
struct StoredFiles {
    private let folder: String

    init(_ stack: Stack) {
        folder = stack.folder + "/data/blobs/recordings"
    }

    /// What is being written, or was.
    var incoming: [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: folder + "/.incoming")) ?? []).map { ".incoming/\($0)" }
    }

    /// Whole objects.
    var objects: [String] {
        let names = FileManager.default.enumerator(atPath: folder)?.compactMap { $0 as? String } ?? []
        return names.filter { name in
            var isFolder: ObjCBool = false
            return FileManager.default.fileExists(atPath: "\(folder)/\(name)", isDirectory: &isFolder)
                && !isFolder.boolValue && !name.hasPrefix(".")
        }
    }

    /// Makes a file look older.
    func age(_ name: String, byHours hours: Double) throws {
        try FileManager.default.setAttributes(
            [.modificationDate: Date().addingTimeInterval(-hours * 3600)], ofItemAtPath: "\(folder)/\(name)")
    }
}
