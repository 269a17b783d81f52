import Foundation
import TestSupport
import Testing

/// A stack whose uploads are scanned by a real clamd with signatures of the test's own.
struct ScannedStackTrait: SuiteTrait, TestScoping {
    func provideScope(
        for test: Test, testCase: Test.Case?, performing body: @Sendable () async throws -> Void
    ) async throws {
        try await MalwareDaemon.with { daemon in
            let stack = StackTrait { $0.environment["CLAMD_ADDRESS"] = daemon.socket }
            try await MalwareDaemon.$current.withValue(daemon) {
                try await stack.provideScope(for: test, testCase: testCase, performing: body)
            }
        }
    }
}

/// clamd in a folder of its own, started and ended by the test.
final class MalwareDaemon: @unchecked Sendable {
    @TaskLocal static var current: MalwareDaemon?

    /// What it finds, in two halves so that no file of ours holds it whole.
    static let marker = "X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR-STANDARD-" + "ANTIVIRUS-TEST-FILE!$H+H*"

    private let folder: String
    private var child: ChildProcess?
    var socket: String { folder + "/clamd.sock" }

    private init(folder: String) {
        self.folder = folder
    }

    static func with(_ body: (MalwareDaemon) async throws -> Void) async throws {
        let folder = FileManager.default.temporaryDirectory.path + "/clamd-\(UUID().uuidString.prefix(8))"
        let daemon = MalwareDaemon(folder: folder)
        try FileManager.default.createDirectory(atPath: folder + "/signatures", withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try "44d88612fea8a8f36de82e1278abb02f:68:Local.Eicar.Test.File\n"
            .write(toFile: folder + "/signatures/local.hdb", atomically: false, encoding: .utf8)
        try """
        Foreground yes
        LocalSocket \(folder)/clamd.sock
        DatabaseDirectory \(folder)/signatures
        User \(NSUserName())

        """.write(toFile: folder + "/clamd.conf", atomically: false, encoding: .utf8)
        try await daemon.start()
        do {
            try await body(daemon)
        } catch {
            await daemon.stop()
            throw error
        }
        await daemon.stop()
    }

    func start() async throws {
        child = try await ChildProcess.start(
            ["/usr/sbin/clamd", "-c", folder + "/clamd.conf"], environment: ["PATH": "/usr/bin:/bin"],
            log: folder + "/clamd.log")
        try await eventually(within: .seconds(20), "clamd listens") {
            FileManager.default.fileExists(atPath: self.socket)
        }
    }

    func stop() async {
        child?.send(SIGTERM)
        _ = await child?.awaitEnd(within: .seconds(10))
        child?.send(SIGKILL)
        child = nil
        try? FileManager.default.removeItem(atPath: socket)
    }
}

extension Trait where Self == ScannedStackTrait {
    static var scannedStack: ScannedStackTrait { ScannedStackTrait() }
}

extension RealStack {
    @Suite(.serialized, .scannedStack) struct Scanning {
        @Test func `what is uploaded is scanned, and waits while nobody can`() async throws {
            let daemon = try #require(MalwareDaemon.current)
            let api = try await RealStack.Shared.VoiceFlow.signedUp()
            let body: JSON = ["name": "Ada", "role": "Support", "channels": ["chat"]]
            try await api.post("/onboarding/agent", body).expect(200)
            func add(_ text: String) async throws -> String {
                var form = FormBody()
                form.add("files", file: "a.txt", Array(text.utf8))
                let answer = try await api.post("/onboarding/knowledge", form: form).expect(200)
                return answer.json["documents"][0]["id"].string ?? ""
            }
            func becomes(_ status: String, _ id: String, because reason: String?) async throws {
                try await eventually(within: .seconds(30), "the document becomes \(status)") {
                    let document = try await api.get("/knowledge/\(id)").expect(200).json
                    let isSaid = reason.map { document["reason"].string?.contains($0) == true } ?? true
                    return document["status"].string == status && isSaid
                }
            }
            try await becomes("ready", try await add("The shop is open."), because: nil)
            try await becomes("failed", try await add(MalwareDaemon.marker), because: "Eicar")
            await daemon.stop()
            let waiting = try await add("The shop is open on Sunday.")
            try await becomes("pending", waiting, because: "scanner")
            try await daemon.start()
            try await becomes("ready", waiting, because: nil)
            let rows = try await Running.current.stack.query(
                "SELECT count(*) FROM agents.passages WHERE body LIKE '%EICAR%'")
            #expect(try rows[0].decode(Int.self, at: 0) == 0)
        }
    }
}
