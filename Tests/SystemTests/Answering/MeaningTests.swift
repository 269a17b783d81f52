import Foundation
import Postgres
import TestSupport
import Testing

/// A stack with a real embedding model, on a server with pgvector or without.
struct EmbeddingStackTrait: SuiteTrait, TestScoping {
    func provideScope(
        for test: Test, testCase: Test.Case?, performing body: @Sendable () async throws -> Void
    ) async throws {
        try await EmbeddingModel.with { model in
            let stack = StackTrait { options in
                options.serviceEnvironment["agents"] = model.environment
                if VectorExtension.obstacle == nil { options.extensionFiles = try await VectorExtension.files() }
            }
            try await RunningModel.$current.withValue(model) {
                try await stack.provideScope(for: test, testCase: testCase, performing: body)
            }
        }
    }
}

enum RunningModel {
    @TaskLocal static var current: EmbeddingModel?
}

extension RealStack {
    /// Questions that share no word with what answers them.
    @Suite(.serialized, EmbeddingStackTrait()) struct Meaning {
        private static let house = """
            Our guesthouse lies ten minutes on foot from the central station. Guests may leave their luggage at the \
            front desk before check-in and after check-out. Breakfast is served from seven to ten in the garden room. \
            Smoking is forbidden in the whole house; there is a covered terrace. A cot for babies is provided on \
            request. The sauna is open from five in the afternoon. Bicycles can be hired at the front desk for nine \
            euros a day.
            """

        /// - Returns: somebody whose agent has read the text, with all its vectors.
        private func person(_ text: String) async throws -> APIClient {
            let api = try await RealStack.Shared.VoiceFlow.signedUp()
            _ = try await RealStack.Shared.VoiceFlow.deployed(api)
            var form = FormBody()
            form.add("files", file: "house.txt", Array(text.utf8))
            form.add("faq_text", "Q: Do you take dogs?\nA: Dogs are welcome for twelve euros a night.")
            let added = try await api.post("/onboarding/knowledge", form: form).expect(200).json
            for document in added["documents"].array ?? [] {
                try await eventually(within: .seconds(30), "the document is read") {
                    try await api.get("/knowledge/\(document["id"].string ?? "")").expect(200).json["status"] == "ready"
                }
            }
            return api
        }

        private func waitForVectors() async throws {
            let stack = try Running.current.stack
            try await eventually(within: .seconds(60), "the passages have vectors") {
                let rows = try await stack.query(
                    """
                    SELECT (SELECT count(*) FROM agents.passages) - (SELECT count(*) FROM agents.passage_vectors),
                        (SELECT count(*) FROM agents.documents WHERE embedded_model IS NULL)
                    """)
                return try rows[0].decode(Int.self, at: 0) == 0 && rows[0].decode(Int.self, at: 1) == 0
            }
        }

        private func ask(_ text: String, _ api: APIClient) async throws -> JSON {
            try await api.post("/conversations/\(newUUID())/message", ["message": JSON(text)]).expect(200).json
        }

        @Test func `are answered by quote, and without the model words still are`() async throws {
            let model = try #require(RunningModel.current)
            let api = try await person(Self.house)
            try await waitForVectors()
            for (question, words) in [
                ("Is there a crib for my infant?", "A cot for babies is provided on request."),
                ("Can I light a cigarette?", "Smoking is forbidden in the whole house"),
                ("May I bring my puppy along?", "Dogs are welcome for twelve euros a night."),
            ] {
                let answer = try await ask(question, api)
                #expect(answer["response"].string?.contains(words) == true, "\(question): \(answer)")
                #expect(answer["chunks_used"] == 1)
            }
            for question in [
                "Who won the world cup?", "What is the capital of Australia?", "Do you sell concert tickets?",
            ] {
                let answer = try await ask(question, api)
                #expect(answer["chunks_used"] == 0, "\(question): \(answer)")
            }
            let path = VectorExtension.obstacle == nil ? "pgvector" : "exact"
            let port = try Running.current.stack["agents"].healthPort
            let metrics = await HealthProbe.get("/metrics", port: port) ?? ""
            #expect(metrics.contains("switchboard_vector_searches_total{path=\"\(path)\"}"))
            #expect(metrics.contains("switchboard_embeddings_requests_total{of=\"passages\",outcome=\"answered\"}"))
            await model.stop()
            #expect(try await ask("Is there a cradle for my newborn?", api)["chunks_used"] == 0)
            let worded = try await ask("When is breakfast served?", api)
            #expect(worded["response"].string?.contains("from seven to ten") == true, "\(worded)")
            // What is added meanwhile waits for the model.
            var form = FormBody()
            form.add("files", file: "late.txt", Array("The attic has a telescope for guests.".utf8))
            try await api.post("/onboarding/knowledge", form: form).expect(200)
            try await eventually(within: .seconds(30), "it is found by its words") {
                try await ask("Where is the telescope?", api)["response"].string?.contains("attic") == true
            }
            try await model.start()
            try await waitForVectors()
            try await eventually(within: .seconds(60), "it is found by its meaning") {
                let late = try await ask("How can I watch the stars at night?", api)
                return late["response"].string?.contains("telescope") == true
            }
        }

        @Test func `are not asked for without the name of a model`() async throws {
            let running = try Running.current
            let (code, output) = try await Programs.run(
                "agents",
                environment: running.strangerEnvironment.merging([
                    "DATABASE_URL": running.stack.database.configuration.url, "HEALTH_PORT": "0",
                    "EMBEDDINGS_BASE_URL": "http://127.0.0.1:1",
                ]) { $1 })
            #expect(code == 78 && output.contains("EMBEDDINGS_MODEL must be set"), "\(output.suffix(300))")
        }

        @Test(arguments: ["agents.vectors-taken", "agents.vectors-made", "agents.vectors-stored"])
        func `are answered though who embeds is killed`(failpoint: String) async throws {
            let stack = try Running.current.stack
            try await stack.restart("agents", failpoint: "\(failpoint):kill@1")
            try await AnswerWatch.$allowsServerErrors.withValue(true) {
                let api = try await person(Self.house)
                try await eventually(within: .seconds(30), "it was killed") { await stack["agents"].hasFired }
                // Nobody waits for the lease of the dead.
                _ = try await stack.query("UPDATE agents.documents SET embed_lease_until = '-infinity'")
                try await waitForVectors()
                try await eventually(within: .seconds(30), "it answers") {
                    try await ask("Is there a crib for my infant?", api)["response"].string?.contains("cot") == true
                }
            }
        }
    }
}
