import Bus
import Foundation
import Hummingbird
import TestSupport
import Testing

@testable import GatewayHTTP

@Suite struct MultipartTests {
    private struct Part: Equatable {
        var head: MultipartHead
        var bytes: [UInt8] = []
        var isEnded = false
    }

    /// Parses a body that comes in pieces of this size.
    private static func parts(_ body: [UInt8], pieces: Int, boundary: String = "b") throws -> (parts: [Part], end: Bool)
    {
        var parser = MultipartParser(boundary: boundary)
        var parts: [Part] = []
        for start in stride(from: 0, to: body.count, by: pieces) {
            let piece = ByteBuffer(bytes: body[start..<min(start + pieces, body.count)])
            for event in try parser.take(piece) {
                switch event {
                case .begin(let head): parts.append(Part(head: head))
                case .bytes(let bytes): parts[parts.count - 1].bytes += Array(bytes.readableBytesView)
                case .end: parts[parts.count - 1].isEnded = true
                }
            }
        }
        return (parts, parser.isFinished)
    }

    private static let form = Array(
        """
        to be ignored\r
        --b\r
        Content-Disposition: form-data; name="websites"\r
        \r
        ["https://example.com"]\r
        --b  \r
        content-disposition: form-data; NAME="files"; filename="a \\"b\\".txt"\r
        Content-Type: text/plain; charset=utf-8\r
        \r
        \r
        -b\r
        --\r
        \r
        --b\r
        Content-Disposition: form-data; name="files"; filename=""\r
        \r
        \r
        --b--\r
        to be ignored, too\r
        --b\r

        """.utf8)

    @Test func `a form is the same however its bytes are cut`() throws {
        let whole = try Self.parts(Self.form, pieces: Self.form.count)
        #expect(whole.end && whole.parts.count == 3 && whole.parts.allSatisfy(\.isEnded))
        #expect(whole.parts[0].head.name == "websites" && whole.parts[0].head.fileName == nil)
        #expect(whole.parts[0].bytes == Array("[\"https://example.com\"]".utf8))
        #expect(whole.parts[1].head.fileName == "a \"b\".txt" && whole.parts[1].head.contentType == "text/plain")
        #expect(whole.parts[1].bytes == Array("\r\n-b\r\n--\r\n".utf8))
        #expect(whole.parts[2].head.fileName == "" && whole.parts[2].bytes.isEmpty)
        for pieces in 1...40 {
            let cut = try Self.parts(Self.form, pieces: pieces)
            #expect(cut.parts == whole.parts && cut.end, "\(pieces)")
        }
        for split in 1..<Self.form.count {
            var parser = MultipartParser(boundary: "b")
            let events =
                try parser.take(ByteBuffer(bytes: Self.form[..<split]))
                + parser.take(ByteBuffer(bytes: Self.form[split...]))
            #expect(events.filter { $0 == .end }.count == 3 && parser.isFinished, "\(split)")
        }
    }

    @Test func `bytes of any kind come through, and little of them is held`() throws {
        var generator = SystemRandomNumberGenerator()
        let content = (0..<300_000).map { _ in [13, 10, 45, 98, 0, 255].randomElement(using: &generator) ?? UInt8(0) }
        let head = Array("--long-boundary\r\nContent-Disposition: form-data; name=f; filename=x.bin\r\n\r\n".utf8)
        let body = head + content + Array("\r\n--long-boundary--".utf8)
        for pieces in [1, 7, 1000, body.count] {
            let parsed = try Self.parts(body, pieces: pieces, boundary: "long-boundary")
            #expect(parsed.parts.count == 1 && parsed.parts[0].bytes == content && parsed.end)
        }
    }

    @Test(arguments: [
        "--b\r\nContent-Disposition: form-data; name=\"x\"\r\n\r\nabc",
        "--b\r\nContent-Disposition: form-data; name=\"x\"\r\n\r\nabc\r\n--b", "--b\r\nContent-Dis", "nothing at all",
        "",
    ])
    func `a form that ends too early has no end`(body: String) throws {
        for pieces in [1, 1000] { #expect(try !Self.parts(Array(body.utf8), pieces: pieces).end) }
    }

    @Test(arguments: [
        "--b\r\nContent-Disposition: form-data\r\n\r\nabc\r\n--b--", "--b\r\n\r\nabc\r\n--b--",
        "--b\r\nContent-Disposition: attachment; name=\"x\"\r\n\r\nabc\r\n--b--", "--b\r\nno colon\r\n\r\nabc\r\n--b--",
        "--b\r\nContent-Disposition: form-data; name=\"\"\r\n\r\nabc\r\n--b--", "--bb\r\nX: y\r\n\r\nabc\r\n--b--",
        "--b\r\nX: \(String(repeating: "x", count: 70_000))\r\n\r\nabc\r\n--b--", String(repeating: "x", count: 70_000),
    ])
    func `a form that is none is malformed`(body: String) throws {
        for pieces in [1000, 100_000] {
            #expect(throws: Fault.self, "\(body.prefix(50))") { try Self.parts(Array(body.utf8), pieces: pieces) }
        }
    }

    @Test func `names of files are read as browsers and other clients write them`() throws {
        let long = String(repeating: "é", count: 10_000) + ".pdf"
        for (header, name) in [
            ("filename=\"\(long)\"", long), ("filename=plain.txt", "plain.txt"),
            ("filename=\"a;b=c.txt\"", "a;b=c.txt"),
            ("filename=\"C:\\temp\\x.txt\"", "C:\\temp\\x.txt"), ("filename=\"a%22b.txt\"", "a\"b.txt"),
            ("filename=\"x\"; filename*=UTF-8''na%C3%AFve.txt", "naïve.txt"),
            ("filename=\"first\"; filename=\"second\"", "first"),
        ] {
            let head = try MultipartHead("Content-Disposition: form-data; name=\"files\"; \(header)")
            #expect(head.fileName == name, "\(header.prefix(40))")
        }
    }

    @Test func `a name is made harmless and keeps its end`() {
        for (given, name) in [
            ("../../etc/passwd.txt", "passwd.txt"), ("C:\\Users\\x\\a b.pdf", "a b.pdf"), ("a\u{0}b\n.md", "ab.md"),
            ("evil\u{202E}fdp.txt", "evilfdp.txt"), ("  ", "document"), ("/", "document"),
        ] { #expect(DocumentFile.harmless(given) == name) }
        let long = DocumentFile.harmless(String(repeating: "é", count: 10_000) + ".pdf")
        #expect(long.unicodeScalars.count == 255 && long.hasSuffix("é.pdf"))
        #expect(DocumentFile.harmless("a." + String(repeating: "x", count: 10_000)).unicodeScalars.count == 255)
    }

    @Test func `a file is what its name and its first bytes say, or refused`() throws {
        for (suffix, bytes) in try SampleDocuments.all("Open from nine to five") {
            let file = try DocumentFile(name: "A.B.\(suffix.uppercased())", head: ByteBuffer(bytes: bytes))
            #expect(file.format.rawValue == suffix && file.name == "A.B.\(suffix.uppercased())")
        }
        for (name, text) in [
            ("a.pdf", "no pdf"), ("a.docx", "%PDF-1.4"), ("a.doc", "text"), ("a.txt", "a\0b"), ("a.exe", "MZ"),
            ("pdf", "%PDF-1.4"), ("a", "text"), ("a.html", "\0\0"),
        ] {
            #expect(throws: Fault.self, "\(name)") { try DocumentFile(name: name, head: ByteBuffer(string: text)) }
        }
    }
}
