import Bus
import Foundation
import Testing

@testable import ZeroMQ

@Suite struct CurveKeysTests {
    @Test func `generated keys load and know one another`() throws {
        try withFolder { folder in
            #expect(try CurveKeys.generate(into: folder, services: ["gateway", "calls"]) == ["gateway", "calls"])
            let gateway = try CurveKeys.load(folder, service: "gateway")
            let calls = try CurveKeys.load(folder, service: "calls")
            #expect(gateway.allowed == calls.allowed)
            #expect(gateway.allowed["calls"] == calls.publicKey && gateway.publicKey != calls.publicKey)
            for (file, mode) in [("gateway.key", 0o600), ("allowed/gateway.pub", 0o644), ("allowed", 0o700)] {
                let attributes = try FileManager.default.attributesOfItem(atPath: "\(folder)/\(file)")
                #expect((attributes[.posixPermissions] as? Int ?? 0) & ~0o022 == mode & ~0o022, "\(file)")
            }
        }
    }

    @Test func `keys that exist are kept`() throws {
        try withFolder { folder in
            _ = try CurveKeys.generate(into: folder, services: ["gateway"])
            let before = try CurveKeys.load(folder, service: "gateway").publicKey
            #expect(try CurveKeys.generate(into: folder, services: ["gateway", "calls"]) == ["calls"])
            #expect(try CurveKeys.load(folder, service: "gateway").publicKey == before)
        }
    }

    @Test func `what is wrong with a key is said in a sentence`() throws {
        try withFolder { folder in
            #expect(message { try CurveKeys.load(folder, service: "calls") }.contains("is missing"))
            _ = try CurveKeys.generate(into: folder, services: ["calls", "gateway"])
            let file = "\(folder)/calls.key"
            let good = try String(contentsOfFile: file, encoding: .utf8)
            let other = try String(contentsOfFile: "\(folder)/gateway.key", encoding: .utf8)

            chmod(file, 0o640)
            #expect(message { try CurveKeys.load(folder, service: "calls") }.contains("mode must be 0600"))
            chmod(file, 0o600)

            let lines = good.split(separator: "\n"), otherLines = other.split(separator: "\n")
            try rewrite(file, "\(lines[0])\n\(otherLines[1])\n")
            #expect(message { try CurveKeys.load(folder, service: "calls") }.contains("belongs to it"))
            try rewrite(file, "secret abc\n")
            #expect(message { try CurveKeys.load(folder, service: "calls") }.contains("must hold a line"))
            try rewrite(file, good)
            try rewrite("\(folder)/allowed/gateway.pub", "nonsense")
            #expect(message { try CurveKeys.load(folder, service: "calls") }.contains("holds no public key"))
            try FileManager.default.removeItem(atPath: "\(folder)/allowed")
            #expect(message { try CurveKeys.load(folder, service: "calls") }.contains("allowed is missing"))
        }
    }

    @Test func `who may speak for whom`() {
        let authority = CallerAuthority()
        let person = Caller.Identity.person(UUID(), session: UUID())
        #expect(authority.permits(person, from: "gateway"))
        #expect(authority.permits(person, from: "calls"))
        #expect(authority.permits(.service("calls"), from: "calls"))
        #expect(!authority.permits(.service("calls"), from: "gateway"))
        let strict = CallerAuthority(asserting: ["gateway"], passingOn: ["calls"])
        #expect(!strict.permits(person, from: "tool"))
        #expect(!strict.permits(.service("calls"), from: "tool"))
        #expect(strict.permits(.anonymous, from: "tool") && strict.permits(.service("tool"), from: "tool"))
    }

    private func message(_ body: () throws -> some Any) -> String {
        do {
            _ = try body()
            return ""
        } catch {
            return (error as? CurveKeyError)?.description ?? ""
        }
    }

    private func rewrite(_ file: String, _ text: String) throws {
        try FileHandle(forWritingTo: URL(filePath: file)).truncate(atOffset: 0)
        try FileHandle(forWritingTo: URL(filePath: file)).write(contentsOf: Data(text.utf8))
    }

    private func withFolder(_ body: (String) throws -> Void) throws {
        let folder = FileManager.default.temporaryDirectory.path + "/keys-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try body(folder)
    }
}
