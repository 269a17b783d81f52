import Foundation
import TestSupport
import Testing

extension APIClient {
    /// Adds files to what the newest agent knows.
    /// - Returns: their ids.
    fileprivate func add(_ files: [(name: String, bytes: [UInt8])], at prefix: String = "") async throws -> [String] {
        var form = FormBody()
        for file in files { form.add("files", file: file.name, file.bytes) }
        let answer = try await post("\(prefix)/onboarding/knowledge", form: form).expect(200).json
        return (answer["documents"].array ?? []).compactMap { $0["id"].string }
    }

    /// Waits until a document is ready or has failed.
    fileprivate func settled(_ id: String, within seconds: Int = 20) async throws -> JSON {
        try await eventually(within: .seconds(seconds), "the document is read") {
            ["ready", "failed"].contains(try await get("/knowledge/\(id)").expect(200).json["status"].string)
        }
        return try await get("/knowledge/\(id)").expect(200).json
    }

    fileprivate func makeAgent() async throws -> String {
        let body: JSON = ["name": JSON("Agent \(newUUID())"), "role": "Support", "channels": ["chat"]]
        return try await post("/onboarding/agent", body).expect(200).json["agent_id"].string ?? ""
    }
}

extension RealStack.Shared {
    /// What agents know, from the upload to the passages.
    @Suite struct Knowledge {
        private static let text = "The shop is open from nine to five"

        private func person() async throws -> (api: APIClient, agent: String) {
            let api = try await VoiceFlow.signedUp()
            return (api, try await api.makeAgent())
        }

        @Test(arguments: ["", "/voiceflow"])
        func `files of each format, questions and their counts`(prefix: String) async throws {
            let (api, agent) = try await person()
            var form = FormBody()
            let samples = try SampleDocuments.all(Self.text)
            for (suffix, bytes) in samples { form.add("files", file: "shop.\(suffix)", bytes) }
            form.add("websites", "[]")
            form.add("faq_text", "Q: When are you open?\nA: From nine to five.\n\nQ: Where?\nA: Here.")
            form.add("unknown", "ignored")
            let answer = try await api.post("\(prefix)/onboarding/knowledge", form: form).expect(200).json
            #expect(answer["success"] == true && answer["documents"].array?.count == samples.count + 1)
            for document in answer["documents"].array ?? [] {
                #expect(document["status"] == "pending")
                let settled = try await api.settled(document["id"].string ?? "")
                #expect(settled["status"] == "ready" && settled["progress"] == 100, "\(settled)")
                #expect(settled["passages"].int ?? 0 >= 1 && settled["agent_id"].string == agent)
            }
            let list = try await api.get("\(prefix)/knowledge?agent_id=\(agent)&status=ready&limit=3").expect(200).json
            #expect(list["total"].int == samples.count + 1 && list["items"].array?.count == 3)
            #expect(list["next_cursor"].string != nil)
            let details = try await api.get("/voiceflow/agents/\(agent)").expect(200).json
            #expect(details["knowledge_base"] == ["documents": 6, "websites": 0, "faq_entries": 2])
            let words = try await Running.current.stack.query(
                "SELECT count(*) FROM agents.passages WHERE body LIKE '%' || \(Self.text) || '%'")
            #expect(try words[0].decode(Int.self, at: 0) >= samples.count)
        }

        @Test(arguments: ["", "/api", "/voicera", "/voiceflow"])
        func `a document is shown, read anew and forgotten`(prefix: String) async throws {
            let (api, _) = try await person()
            let id = try await api.add([("a.txt", Array(Self.text.utf8))])[0]
            _ = try await api.settled(id)
            let path = "\(prefix)/knowledge/\(id)"
            let shown = try await api.get(path).expect(200).json
            #expect(shown["name"] == "a.txt" && shown["format"] == "txt" && shown["kind"] == "file")
            #expect(shown["size_bytes"].int == Self.text.utf8.count && shown["reason"] == nil)
            #expect(try await api.send("POST", "\(path)/reindex").expect(200).json["status"] == "pending")
            #expect(try await api.settled(id)["status"] == "ready")
            try await api.delete(path).expect(200)
            for (method, path) in [("GET", path), ("DELETE", path), ("POST", "\(path)/reindex")] {
                try await api.send(method, path).expect(404)
            }
            #expect(try await api.get("\(prefix)/knowledge").expect(200).json["total"] == 0)
        }

        @Test func `what is no good form is refused, and nothing of it is kept`() async throws {
            let api = try await VoiceFlow.signedUp()
            func refused(_ status: Int, _ field: String? = nil, _ fill: (inout FormBody) -> Void) async throws {
                var form = FormBody()
                fill(&form)
                let answer = try await api.post("/onboarding/knowledge", form: form).expect(status)
                if let field { #expect(answer.json["error"]["details"]["field"].string == field, "\(answer.text)") }
            }
            let file = Array(Self.text.utf8)
            try await refused(409) { $0.add("files", file: "a.txt", file) }
            let agent = try await api.makeAgent()
            try await refused(422, "files") { _ in }
            try await refused(422, "files") { $0.add("files", "no file") }
            try await refused(422, "files") { $0.add("files", file: "", []) }
            for (name, bytes) in [
                ("a.exe", file), ("a.pdf", file), ("a.docx", file), ("a.doc", file), ("a.txt", [0, 1]), ("a.txt", []),
                ("a", file), (String(repeating: "x", count: 10_000), file),
            ] { try await refused(422, "files") { $0.add("files", file: name, bytes) } }
            try await refused(413, "files") { form in
                for number in 0...10 { form.add("files", file: "\(number).txt", file) }
            }
            try await refused(413, "files") {
                $0.add("files", file: "a.txt", [UInt8](repeating: 97, count: 10 << 20 + 1))
            }
            for text in [
                "no json", "{}", "[1]", "[\"http://127.0.0.1/\"]", "[\"ftp://example.com\"]", "[\"http://localhost\"]",
                "[\"http://[::1]/\"]", "[\"http://2130706433\"]", "[\"https://example.com\", \"http://10.0.0.1\"]",
                "[\"file:///etc/passwd\"]", "[\"http://169.254.169.254/latest/meta-data\"]",
            ] {
                try await refused(422, "websites") {
                    $0.add("files", file: "a.txt", file)
                    $0.add("websites", text)
                }
            }
            for id in ["x", newUUID()] {
                try await refused(404) {
                    $0.add("files", file: "a.txt", file)
                    $0.add("agent_id", id)
                }
            }
            for (type, body) in [
                ("application/json", "{}"), ("multipart/form-data", "--x--"), ("multipart/form-data; boundary=x", "x"),
                ("multipart/form-data; boundary=x", "--x\r\nContent-Disposition: form-data; name=\"files\"\r\n\r\nx"),
            ] {
                let answer = try await api.send(
                    "POST", "/onboarding/knowledge", headers: ["Content-Type": type], body: Array(body.utf8))
                #expect(answer.status == 422 || answer.status == 400, "\(answer.text)")
            }
            #expect(try await api.get("/knowledge").expect(200).json["total"] == 0)
            let workspace = try ForgedToken(api.token).claims["workspace_id"]?.string ?? ""
            let folder = "\(try Running.current.stack.folder)/data/blobs/documents/\(workspace)"
            #expect(((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).isEmpty)
            // A long name is cut, and the agent that was named gets the file.
            var form = FormBody()
            form.add("files", file: String(repeating: "é", count: 10_000) + ".txt", file)
            form.add("agent_id", agent)
            let kept = try await api.post("/onboarding/knowledge", form: form).expect(200).json["documents"][0]
            #expect(kept["name"].string?.unicodeScalars.count == 255)
        }

        @Test func `the same form with the same key is taken once`() async throws {
            let (api, _) = try await person()
            func send(_ text: String, _ key: String) async throws -> APIAnswer {
                var form = FormBody()
                form.add("files", file: "a.txt", Array(text.utf8))
                return try await api.post("/onboarding/knowledge", form: form, key: key)
            }
            let first = try await send("one", "key").expect(200)
            let again = try await send("one", "key").expect(200)
            #expect(again.json == first.json && again.header("Idempotent-Replayed") == "true")
            try await send("two", "key").expect(422)
            try await send("one", "other").expect(200)
            #expect(try await api.get("/knowledge").json["total"] == 2)
            let workspace = try ForgedToken(api.token).claims["workspace_id"]?.string ?? ""
            let folder = "\(try Running.current.stack.folder)/data/blobs/documents/\(workspace)"
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder).count == 2)
        }

        @Test func `files that want to harm fail with a reason, and nobody else does`() async throws {
            let (api, _) = try await person()
            let running = try Running.current
            let process = await running.stack["agents"].pid
            let ids = try await api.add([
                ("bomb.docx", try SampleDocuments.zipBomb()), ("lol.docx", try SampleDocuments.entityBomb()),
                ("cut.docx", Array(try SampleDocuments.docx(Self.text).dropLast(60))),
                ("none.pdf", Array("%PDF-1.7 but nothing more".utf8)),
                ("cut.pdf", Array(SampleDocuments.pdf([Self.text]).prefix(120))),
                ("much.txt", [UInt8](repeating: 97, count: 6 << 20)),
            ])
            let bomb = try await api.add([("pages.pdf", SampleDocuments.pageBomb())])[0]
            let good = try await api.add([("good.txt", Array(Self.text.utf8))])[0]
            for id in ids {
                let document = try await api.settled(id, within: 60)
                #expect(document["status"] == "failed" && document["reason"].string?.isEmpty == false, "\(document)")
            }
            _ = try await api.settled(bomb, within: 90)
            #expect(try await api.settled(good)["status"] == "ready")
            #expect(await running.stack["agents"].pid == process)
        }

        @Test func `a website whose name leads nowhere public fails, and nothing is asked`() async throws {
            let (api, _) = try await person()
            let peer = try HTTPPeer { _ in .dies }
            var form = FormBody()
            form.add("websites", "[\"http://name-that-is-not-there.example:\(peer.port)/\"]")
            let id = try await api.post("/onboarding/knowledge", form: form).expect(200).json["documents"][0]["id"]
            let document = try await api.settled(id.string ?? "", within: 30)
            #expect(document["status"] == "failed" && document["kind"] == "website" && peer.connections == 0)
            peer.stop()
        }
    }
}

extension RealStack {
    /// What becomes of a document when its reader is killed, at each step.
    @Suite(.serialized, .stack()) struct KnowledgeFaults {
        @Test(arguments: ["agents.document-taken", "agents.document-extracted", "agents.passages-written"])
        func `a document is read once, though its reader is killed`(failpoint: String) async throws {
            let stack = try Running.current.stack
            let api = try await RealStack.Shared.VoiceFlow.signedUp()
            _ = try await api.makeAgent()
            try await stack.restart("agents", failpoint: "\(failpoint):kill@1")
            let id = try await AnswerWatch.$allowsServerErrors.withValue(true) {
                try await api.add([("a.txt", Array("The shop is open.".utf8))])[0]
            }
            try await AnswerWatch.$allowsServerErrors.withValue(true) {
                try await eventually(within: .seconds(60), "the document is read") {
                    try await api.get("/knowledge/\(id)").json["status"] == "ready"
                }
            }
            #expect(await stack["agents"].hasFired)
            let rows = try await stack.query(
                """
                SELECT d.tries, (SELECT count(*) FROM agents.passages AS p WHERE p.document_id = d.id)
                FROM agents.documents AS d WHERE d.id::text = \(id)
                """)
            #expect(try rows[0].decode(Int.self, at: 0) == 2 && rows[0].decode(Int.self, at: 1) == 1)
        }

        @Test func `a gateway that is killed in an upload leaves nothing that is not swept`() async throws {
            let stack = try Running.current.stack
            let api = try await RealStack.Shared.VoiceFlow.signedUp()
            _ = try await api.makeAgent()
            try await stack.restart("gateway", failpoint: "gateway-object-stored:kill@1")
            await #expect(throws: (any Error).self) { try await api.add([("a.txt", Array("text".utf8))]) }
            try await stack.restart("gateway")
            try await AnswerWatch.$allowsServerErrors.withValue(true) {
                try await eventually(within: .seconds(10), "the gateway is back") {
                    try await api.get("/knowledge").json["total"] == 0
                }
            }
            let workspace = try ForgedToken(api.token).claims["workspace_id"]?.string ?? ""
            let folder = "\(stack.folder)/data/blobs/documents/\(workspace)"
            let orphan = try #require(try FileManager.default.contentsOfDirectory(atPath: folder).first)
            try await stack.run("agents", "sweep-documents")
            #expect(FileManager.default.fileExists(atPath: "\(folder)/\(orphan)"))
            try FileManager.default.setAttributes(
                [.modificationDate: Date().addingTimeInterval(-25 * 3600)], ofItemAtPath: "\(folder)/\(orphan)")
            try await stack.run("agents", "sweep-documents")
            #expect(!FileManager.default.fileExists(atPath: "\(folder)/\(orphan)"))
        }
    }
}
