import Contracts
import Foundation
import NIOCore
import TestSupport
import Testing

@testable import agents

@Suite struct `The text of a document` {
    private static let text = "The shop is open from nine to five"

    @Test func `is found in files of each format`() async throws {
        let extraction = try RealExtraction.make()
        for (suffix, bytes) in try SampleDocuments.all(Self.text) {
            let format = try #require(DocumentFormat(rawValue: suffix))
            let found = try await extraction.text(of: ByteBuffer(bytes: bytes), format: format)
            #expect(found.contains(Self.text), "\(suffix): \(found.prefix(200))")
            #expect(!found.contains("p{}"))
        }
        let pages = SampleDocuments.pdf((1...300).map { "This is page \($0)" })
        let all = try await extraction.text(of: ByteBuffer(bytes: pages), format: .pdf)
        #expect(all.contains("page 1\n") && all.contains("page 300"))
    }

    @Test func `is read in each usual encoding`() async throws {
        let extraction = try RealExtraction.make()
        for (bytes, format) in [
            (Array("naïve ☃".utf8), DocumentFormat.txt), ([0xEF, 0xBB, 0xBF] + Array("naïve ☃".utf8), .md),
            ([0xFF, 0xFE] + "naïve ☃".utf16.flatMap { [UInt8($0 & 255), UInt8($0 >> 8)] }, .txt),
            ([0xFE, 0xFF] + "naïve ☃".utf16.flatMap { [UInt8($0 >> 8), UInt8($0 & 255)] }, .txt),
            (Array("<p>naïve &#9731;".utf8), .html),
        ] {
            let text = try await extraction.text(of: ByteBuffer(bytes: bytes), format: format)
            #expect(text.trimmingCharacters(in: .whitespacesAndNewlines) == "naïve ☃")
        }
        let latin = try await extraction.text(of: ByteBuffer(bytes: Array("na".utf8) + [0xEF, 0x76]), format: .txt)
        #expect(latin == "naïv")
        let zero = try await extraction.text(of: ByteBuffer(string: "a\0b"), format: .txt)
        #expect(zero == "ab")
    }

    @Test func `is refused with a reason where a file wants to harm`() async throws {
        let extraction = try RealExtraction.make()
        let deep = String(repeating: "<div>", count: 200_000)
        for (name, bytes, format) in [
            ("zip bomb", try SampleDocuments.zipBomb(), DocumentFormat.docx),
            ("entities", try SampleDocuments.entityBomb(), .docx),
            (
                "outer entity",
                try SampleDocuments.docx(
                    xml: "<w:p><w:r><w:t>&x;</w:t></w:r></w:p>",
                    prologue: "<!DOCTYPE w [<!ENTITY x SYSTEM \"file:///etc/passwd\">]>"), .docx
            ),
            ("half a docx", Array(try SampleDocuments.docx(Self.text).dropLast(60)), .docx),
            ("no docx", SampleDocuments.pdf(["x"]), .docx), ("no doc", Array("text".utf8), .doc),
            ("no pdf", Array("%PDF-1.4\nnothing".utf8), .pdf), ("empty", [], .pdf),
            ("too much", [UInt8](repeating: 97, count: 6 << 20), .txt),
        ] {
            await #expect(throws: Unreadable.self, "\(name)") {
                try await extraction.text(of: ByteBuffer(bytes: bytes), format: format)
            }
        }
        // What of these has text may be told; the process ends in any case.
        for (bytes, format) in [
            (SampleDocuments.pageBomb(), DocumentFormat.pdf), (Array(deep.utf8), .html),
            (Array(SampleDocuments.pdf([Self.text]).prefix(300)), .pdf),
            (Array(SampleDocuments.doc(Self.text).prefix(1500)), .doc),
            ((0..<200_000).map { _ in UInt8.random(in: 0...255) }, .html),
        ] { _ = try? await extraction.text(of: ByteBuffer(bytes: bytes), format: format) }
        let after = try await extraction.text(of: ByteBuffer(string: Self.text), format: .txt)
        #expect(after == Self.text)
    }

    @Test func `links are what a page has of them`() async throws {
        let page = "<a href=\"/a\">x</a><A HREF='b?c=d&amp;e=f'>y</A><a>z</a><a href=\"j\nk\">w</a><link href=\"/no\">"
        #expect(try await RealExtraction.make().links(of: ByteBuffer(string: page)) == ["/a", "b?c=d&e=f"])
    }

    @Test func `is read by a process that can do nothing else`() async throws {
        // It waits for a text that does not come. Not started by Foundation's `Process`, which takes a child that closes
        // what it inherits for one that has ended, waits for it, and keeps everybody else's waiting meanwhile.
        let path = FileManager.default.temporaryDirectory.path + "/waiting-\(UUID().uuidString)"
        #expect(mkfifo(path, 0o600) == 0)
        defer { unlink(path) }
        let child = try await ChildProcess.start(
            ["/bin/sh", "-c", "exec \"$0\" txt 0<>\"$1\"", try BuiltExecutables.path("extractor"), path],
            environment: ["PATH": "/usr/bin:/bin"], log: "/dev/null")
        defer { child.send(SIGKILL) }
        let folder = "/proc/\(child.pid)"
        var status = ""
        for _ in 0..<200 where !status.contains("Seccomp:\t2") {
            try await Task.sleep(for: .milliseconds(10))
            status = try String(contentsOfFile: folder + "/status", encoding: .utf8)
        }
        #expect(status.contains("NoNewPrivs:\t1") && status.contains("Seccomp:\t2"))
        let limits = try String(contentsOfFile: folder + "/limits", encoding: .utf8)
        for (name, limit) in [("cpu time", "20"), ("file size", "0"), ("address space", "1073741824")] {
            #expect(limits.firstMatch(of: try Regex("Max \(name) +\(limit) +\(limit) ")) != nil, "\(name)")
        }
        let open = try FileManager.default.contentsOfDirectory(atPath: folder + "/fd")
        #expect(open.sorted() == ["0", "1", "2"])
    }

    @Test func `ends a process that is too slow or says too much`() throws {
        func run(_ arguments: String..., seconds: Int = 5) throws -> ChildRun.Output {
            try ChildRun.run(arguments, input: ByteBuffer(string: "in"), mostBytes: 100_000, seconds: seconds)
        }
        let start = ContinuousClock.now
        #expect(try run("/bin/sleep", "60", seconds: 1).end == .overdue)
        #expect(try run("/usr/bin/yes").isOverlong)
        #expect(ContinuousClock.now - start < .seconds(45))
        #expect(try run("/bin/cat") == ChildRun.Output(bytes: Array("in".utf8), isOverlong: false, end: .exited(0)))
        #expect(try run("/bin/false").end == .exited(1))
        #expect(try run("/bin/sh", "-c", "kill -9 $$").end == .signalled(9))
        #expect(throws: ChildRun.Failure.self) { try run("/nonexistent/program") }
        let environment = String(decoding: try run("/usr/bin/env").bytes, as: UTF8.self)
        #expect(environment.split(separator: "\n").count == 3)
    }
}
