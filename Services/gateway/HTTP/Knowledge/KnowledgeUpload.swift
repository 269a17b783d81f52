import Bus
import Contracts
import Crypto
import Foundation
import Hummingbird

/// A form with what an agent is to know: `files`, `websites`, `faq_text` and `agent_id`. Its files go to storage as they
/// come in; either all of it is added or nothing.
package struct KnowledgeUpload {
    static let mostFiles = 10
    static let mostFileBytes = 10 * 1024 * 1024
    static let mostFAQBytes = 1024 * 1024
    static let mostWebsites = 10
    private static let mostWebsiteBytes = 65_536
    /// How long the owner of the rows may take, in milliseconds.
    private static let addMS = 10_000

    package static let schema = Schema.object([
        .maybe(
            "files",
            Schema.array(of: Schema.text(format: "binary")).described(
                "pdf, doc, docx, txt, md, html; at most 10 of 10 MB each.")),
        .maybe(
            "websites",
            Schema.text(example: "[\"https://example.com\"]").described("JSON array of addresses, at most 10.")),
        .maybe(
            "faq_text",
            Schema.text(example: "Q: When are you open?\nA: From nine to five.").described("At most 1 MB.")),
        .maybe("agent_id", Schema.uuid.described("The newest draft when absent, else the newest agent.")),
    ])

    private let input: RouteInput
    private let form: MultipartForm
    private var keys: [String] = []
    private var documents: [NewDocument] = []
    private var agentID: AgentID?
    private var websites: [String] = []
    private var faq: String?
    /// Of all that the form holds: what tells it from another one.
    private var content = SHA256()

    private init(_ input: RouteInput) throws {
        guard let stream = input.stream else { throw Fault.unexpected() }
        self.input = input
        form = try MultipartForm(stream, contentType: input.contentType)
    }

    /// Reads the form, stores its bytes and adds its documents.
    package static func add(_ input: RouteInput) async throws -> Outcome<DocumentList> {
        var upload = try KnowledgeUpload(input)
        do {
            try await upload.read()
            guard !upload.documents.isEmpty || !upload.websites.isEmpty || upload.faq != nil else {
                throw Fault.invalid("files", "are required, or websites, or faq_text")
            }
            try await upload.storeFAQ()
        } catch {
            await upload.discard(upload.keysInUse)
            throw error
        }
        await input.reached(Gateway.objectStored)
        return try await upload.add()
    }

    private mutating func read() async throws {
        while let head = try await form.next() {
            switch head.name {
            case "files", "files[]": try await readFile(head)
            case "agent_id":
                let text = try await form.text("agent_id", atMostBytes: 100)
                note("agent_id", text)
                guard !text.isEmpty else { continue }
                guard let id = AgentID(text) else { throw Fault(.agentNotFound, field: "agent_id") }
                agentID = id
            case "websites":
                let text = try await form.text("websites", atMostBytes: Self.mostWebsiteBytes)
                note("websites", text)
                websites += try Self.websites(text)
                guard websites.count <= Self.mostWebsites else {
                    throw Fault.invalid("websites", "may be at most \(Self.mostWebsites)")
                }
            case "faq_text":
                let text = try await form.text("faq_text", atMostBytes: Self.mostFAQBytes)
                note("faq_text", text)
                if !text.allSatisfy(\.isWhitespace) { faq = text }
            // What a form holds beside is its sender's own affair.
            default: continue
            }
        }
    }

    private mutating func readFile(_ part: MultipartHead) async throws {
        guard let given = part.fileName else { throw Fault.invalid("files", "must be files, each with a name") }
        var head = ByteBuffer()
        while head.readableBytes < DocumentFile.headBytes, let bytes = try await form.bytes() {
            head.writeImmutableBuffer(bytes)
        }
        // A form in which nobody chose a file has one without a name and without bytes.
        if head.readableBytes == 0, given.isEmpty { return }
        guard documents.count < Self.mostFiles else {
            throw Fault(.tooLarge, "At most \(Self.mostFiles) files can be sent at a time", field: "files")
        }
        let file = try DocumentFile(name: given, head: head)
        guard head.readableBytes > 0 else { throw Fault.invalid("files", "must not be empty; \"\(file.name)\" is") }
        let stored = try await store(try await nextKey(), type: file.format.contentType) { sink in
            var size = 0
            var bytes: ByteBuffer? = head
            while let part = bytes {
                size += part.readableBytes
                guard size <= Self.mostFileBytes else {
                    throw Fault(.tooLarge, "A file may have at most 10 MB", field: "files")
                }
                try await sink.write(part)
                bytes = try await form.bytes()
            }
        }
        note(file.name, stored.sha256)
        keep(stored, .file, name: file.name, file.format)
    }

    private mutating func storeFAQ() async throws {
        guard let faq else { return }
        let stored = try await store(try await nextKey(), type: DocumentFormat.txt.contentType) { sink in
            try await sink.write(ByteBuffer(string: faq))
        }
        keep(stored, .faq, name: "Frequently asked questions", .txt)
    }

    private mutating func keep(_ stored: StoredObject, _ kind: DocumentKind, name: String, _ format: DocumentFormat) {
        documents.append(
            NewDocument(
                key: keys[documents.count], kind: kind, name: name, format: format, sizeBytes: stored.sizeBytes,
                sha256: stored.sha256))
    }

    private mutating func nextKey() async throws -> String {
        if keys.isEmpty { keys = try await input.ask(BeginDocuments(count: Self.mostFiles + 1)).keys }
        guard documents.count < keys.count else { throw Fault.unexpected() }
        return keys[documents.count]
    }

    private func store(
        _ key: String, type: String, _ write: (any ByteSink) async throws -> Void
    ) async throws -> StoredObject {
        let sink = try await input.storage.begin(key, in: .documents, type: type)
        do {
            try await write(sink)
            return try await sink.finish(expecting: nil)
        } catch {
            await sink.abort()
            throw error
        }
    }

    /// Bytes whose rows were refused are of no use. Those whose rows may be there or not are left to the sweeper.
    private func add() async throws -> Outcome<DocumentList> {
        let digest = Array(content.finalize())
        let request = AddDocuments(
            agentID: agentID, documents: documents, websites: websites,
            idempotency: digest.withUnsafeBytes { input.idempotency(of: $0) })
        do {
            let outcome = try await input.ask(request, within: Self.addMS)
            if outcome.isReplayed {
                let kept = outcome.value.documents.map { "\($0.id)" }
                await discard(keysInUse.filter { key in !kept.contains { key.hasSuffix($0) } })
            }
            return outcome
        } catch let fault as Fault
            where [.notFound, .invalid, .conflict, .mismatch, .stillRunning].contains(fault.kind)
        {
            await discard(keysInUse)
            throw fault
        }
    }

    private var keysInUse: [String] { documents.map(\.key) }

    private func discard(_ keys: [String]) async {
        for key in keys { try? await input.storage.discard(key, in: .documents) }
    }

    private mutating func note(_ name: String, _ text: String) {
        note(name, Array(text.utf8))
    }

    private mutating func note(_ name: String, _ bytes: [UInt8]) {
        content.update(data: Array("\(name.utf8.count) \(name) \(bytes.count) ".utf8))
        content.update(data: bytes)
    }

    private static func websites(_ text: String) throws -> [String] {
        guard !text.allSatisfy(\.isWhitespace) else { return [] }
        let items = (try? JSONParser.parse(ByteBuffer(string: text)))?.items
        guard let items, items.count <= mostWebsites else {
            throw Fault.invalid("websites", "must be a JSON array of at most \(mostWebsites) addresses")
        }
        return try items.map { item in
            guard let text = item.textValue, !text.holdsNUL else {
                throw Fault.invalid("websites", "must be a JSON array of addresses")
            }
            return text
        }
    }
}
