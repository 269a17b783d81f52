import AsyncHTTPClient
import Contracts
import Foundation
import TestSupport
import Testing

@testable import agents

/// How well questions in other words are answered with a real model. The bounds in the code were chosen with it.
@Suite struct `With a real embedding model` {
    private static let documents = [
        "house.txt": """
        Our guesthouse lies ten minutes on foot from the central station. Guests may leave their luggage at the front \
        desk before check-in and after check-out. Rooms are ready at three in the afternoon and must be vacated by \
        eleven. Breakfast is served from seven to ten in the garden room. Dogs are welcome for a fee of twelve euros a \
        night, except in the breakfast room. Wireless internet is free in all rooms. Smoking is forbidden in the whole \
        house; there is a covered terrace. We have four rooms on the ground floor without any steps. A cot for babies \
        is provided on request. The sauna is open from five in the afternoon. Bicycles can be hired at the front desk \
        for nine euros a day.
        """,
        "returns.txt": """
        Goods can be returned within thirty days of purchase, with the receipt. We refund the amount to the card that \
        was used for payment. Opened software is excluded.
        """,
        "dental.txt": """
        A regular cleaning costs 80 euros. Children under 12 pay half. Payment is possible in cash or by card. \
        Emergency appointments are given on the same day: call before nine. Teeth whitening takes an hour and costs \
        200 euros. We work with all public insurers.
        """,
        "delivery.txt": """
        We deliver to every address in the country. Delivery takes three working days. Parcels are insured up to 500 \
        euros.
        """,
    ]

    /// Questions, and a word of the sentence that answers them.
    private static let answered = [
        ("May I bring my puppy along?", "Dogs"), ("Is there somewhere to store my suitcases?", "luggage"),
        ("I use a wheelchair, is there a suitable place to sleep?", "ground floor"),
        ("Can I surf the web from my bed?", "Wireless"),
        ("What time do I have to be out on the last day?", "vacated"), ("Can I rent a bike?", "Bicycles"),
        ("Is there a crib for my infant?", "cot"), ("can I light a cigarette in my bedroom", "Smoking"),
        ("I don't like what I bought, can I give it back?", "returned"),
        ("How soon will my package arrive?", "Delivery"),
        ("What happens if my package gets lost or damaged?", "insured"),
        ("my tooth hurts terribly, can you see me today?", "Emergency"),
        ("how expensive is it to have my smile brightened?", "whitening"), ("Do kids get a discount?", "half"),
        ("do you take my health plan?", "insurers"),
    ]

    private static let unanswered = [
        "Who won the world cup?", "Do you repair bicycles in Lisbon?", "What is the capital of Australia?",
        "Can you recommend a good Italian restaurant?", "How do I install the printer driver?",
        "Do you sell concert tickets?", "What is your view on the election?", "Do you offer braces?",
        "Is there a swimming pool?", "Do you have a job for me?", "How much does a crown cost?", "tell me a joke",
        "Are you a robot?", "can I book a tennis court", "What is the wifi password of the airport?",
        "Do you do haircuts?", "Can I change my name in the contract?", "How tall is the Eiffel tower?",
        "Do you rent out cars?", "Can you fix my washing machine?",
    ]

    @Test func `most questions in other words are answered, and hardly any that nothing answers`() async throws {
        let http = HTTPClient(eventLoopGroupProvider: .singleton, configuration: ProviderServer.connections)
        do {
            try await EmbeddingModel.with { model in
                let server = ProviderServer(url: "http://127.0.0.1:\(model.port)", key: nil, http: http)
                try await check(Embeddings(server: server, model: EmbeddingModel.name, logger: silentLogger))
            }
        } catch {
            try await http.shutdown()
            throw error
        }
        try await http.shutdown()
    }

    private func check(_ embeddings: Embeddings) async throws {
        try await KnowledgeBench.with { bench in
            let agent = try await bench.addAgent()
            for (name, text) in Self.documents { try await bench.add(Array(text.utf8), name: name, for: agent) }
            try await bench.embedAll(embeddings.passages)
            let search = HybridPassageSearch(
                words: bench.search, vectors: PostgresVectorSearch(database: bench.search.database),
                questions: embeddings.questions, counts: OutcomeCounts(), logger: silentLogger)
            #expect(await embeddings.questions.measure(by: embeddings.passages))
            func answer(_ text: String) async throws -> String? {
                let record = AgentRecord(
                    id: agent, name: "Ava", description: "", status: .active, setup: AgentSetup(), createdBy: nil,
                    createdAt: Timestamp.now(), updatedAt: Timestamp.now(), version: 1)
                let question = AnswerQuestion(agent: record, company: nil, text: text, history: [])
                let found = try await search.passages(
                    for: question.searchText, agent: agent, in: bench.workspaceID,
                    limit: AnswerMessageHandler.mostPassages)
                let quoted = ExtractiveAnswerer().answer(question, passages: found)
                if !quoted.isUnsure { return quoted.text }
                return await NearestQuote(questions: embeddings.questions).quote(for: question, from: found)
            }
            var (right, wrong, made) = (0, 0, 0)
            for (question, word) in Self.answered {
                let text = try await answer(question)
                if text?.contains(word) == true { right += 1 } else { wrong += text == nil ? 0 : 1 }
                if text?.contains(word) != true { print("not right: \(question) -> \(text ?? "")") }
            }
            for question in Self.unanswered {
                guard let text = try await answer(question) else { continue }
                made += 1
                print("not asked for: \(question) -> \(text)")
            }
            print("of \(Self.answered.count): \(right) right, \(wrong) wrong; of \(Self.unanswered.count): \(made)")
            #expect(right >= 8 && wrong <= 1 && made <= 2)
        }
    }
}
