import Bus
import Contracts
import Foundation
import Logging
import Synchronization
import Testing

@testable import agents

@Suite struct `A text's vector` {
    @Test func `has length 1, and no trap in it`() throws {
        #expect(TextVector([3, 4])?.numbers == [0.6, 0.8])
        #expect(TextVector([1e308, 1e308])?.numbers == [Float(0.5).squareRoot(), Float(0.5).squareRoot()])
        for numbers in [
            [], [0, 0], [.nan, 1], [.infinity, 1], [-Double.infinity], [Double](repeating: 1, count: 4097),
        ] {
            #expect(TextVector(numbers) == nil)
        }
        let long = try #require(TextVector((1...4096).map { Double($0) }))
        #expect(abs(long.likeness(to: long) - 1) < 1e-4)
        #expect(long.likeness(to: try #require(TextVector([1]))) == 0)
    }

    @Test func `is compared number by number`() throws {
        for count in [1, 7, 8, 9, 384] {
            let (left, right) = ((0..<count).map { Double($0 % 5) - 1.7 }, (0..<count).map { Double($0 % 3) - 0.9 })
            func length(_ numbers: [Double]) -> Double { numbers.reduce(0) { $0 + $1 * $1 }.squareRoot() }
            let expected = zip(left, right).reduce(0) { $0 + $1.0 * $1.1 } / length(left) / length(right)
            let found = try #require(TextVector(left)).likeness(to: try #require(TextVector(right)))
            #expect(abs(found - expected) < 1e-5, "\(count)")
        }
        #expect(TextVector([1, -1, 0, 2])?.signature == "1001")
    }

    @Test func `is near by a scale that the model itself gives`() throws {
        let scale = NearnessScale(unrelated: 0.7, related: 0.9)
        #expect(scale.nearness(of: 0.7) == 0 && scale.nearness(of: 0.5) == 0 && scale.nearness(of: 0.95) == 1)
        #expect(abs(scale.nearness(of: 0.8) - 0.5) < 1e-9)
        let count = NearnessScale.samples.count
        func axis(_ index: Int) -> TextVector? { TextVector((0..<count).map { $0 == index ? 1 : 0.1 }) }
        let matching = (0..<2 * count).compactMap { axis($0 % count) }
        #expect(try #require(NearnessScale(matching)).related > 0.99)
        // One that answers the same to everything, or anything to anything.
        #expect(NearnessScale([TextVector](repeating: try #require(axis(0)), count: 2 * count)) == nil)
        #expect(NearnessScale((0..<2 * count).compactMap { axis($0 < count ? $0 : ($0 + 1) % count) }) == nil)
        #expect(NearnessScale([]) == nil)
    }
}

@Suite struct `Two orders of passages` {
    @Test func `become one by their ranks`() {
        #expect(RankFusion.fused([["a", "b", "c"], ["c", "b", "d"]]) == ["c", "b", "a", "d"])
        #expect(RankFusion.fused([["a", "b"], []]) == ["a", "b"])
        #expect(RankFusion.fused([[], ["b"]]) == ["b"])
        #expect(RankFusion.fused([["a"], ["b"]]) == ["a", "b"])
        #expect(RankFusion.fused([[Int]]()) == [])
    }

    @Test func `leave out what is found by its meaning alone and not near`() {
        func place(_ number: Int32) -> PassagePlace { PassagePlace(documentID: Self.document, number: number) }
        let worded = [RankedPassage(place: place(1), score: 0.6)]
        let near = [(2, 0.5), (1, 0.2), (3, 0.1)].map { RankedPassage(place: place($0), score: $1) }
        let scale = NearnessScale(unrelated: 0, related: 0.5)
        let fused = HybridPassageSearch.fused(worded: worded, near: near, scale: scale, limit: 9)
        #expect(fused.map(\.place.number) == [1, 2])
        #expect(fused.map(\.score) == [0.6, 0] && fused.map(\.nearness) == [0.4, 1])
        #expect(HybridPassageSearch.fused(worded: worded, near: near, scale: scale, limit: 1).count == 1)
        // Without a scale only the order counts.
        let unscaled = HybridPassageSearch.fused(worded: worded, near: near, scale: nil, limit: 9)
        #expect(unscaled.map(\.place.number) == [1] && unscaled[0].nearness == 0)
    }

    @Test func `keep the best by words, whatever a model makes of the question`() {
        func passages(_ numbers: some Sequence<Int32>, _ score: Double) -> [RankedPassage] {
            numbers.map {
                RankedPassage(place: PassagePlace(documentID: Self.document, number: $0), score: score)
            }
        }
        let scale = NearnessScale(unrelated: 0, related: 0.5)
        // Likenesses that mean nothing order the rest of what words have found.
        for (likeness, scale) in [(0.1, scale), (0.4, nil)] as [(Double, NearnessScale?)] {
            let noise = HybridPassageSearch.fused(
                worded: passages(1...30, 0.5), near: passages((2...30).reversed(), likeness), scale: scale, limit: 6)
            #expect(noise.map(\.place.number) == [1, 2, 3, 4, 5, 6])
        }
        let meant = HybridPassageSearch.fused(
            worded: passages(1...30, 0.5), near: passages(2...30, 0.4), scale: scale, limit: 6)
        #expect(meant.map(\.place.number) == [2, 3, 4, 5, 6, 1])
    }

    private static let document = DocumentID(UUID())
}

/// Texts with a word of the same line are alike.
final class LineEmbedding: TextEmbedding {
    let model = "lines"
    private let lines: [Set<String>]
    private let state = Mutex((asked: [[String]](), fails: false))

    init(_ lines: String...) {
        self.lines = (Self.samples + lines).map { Set($0.split(separator: " ").map(String.init)) }
    }

    /// Of `NearnessScale`.
    private static let samples = [
        "pay price", "weekends saturday", "car parking", "money refunds", "dog pets", "log password",
    ]

    var asked: [[String]] { state.withLock { $0.asked } }
    func fail() { state.withLock { $0.fails = true } }

    func vectors(of texts: [String], by deadline: Deadline) async throws(ProviderFailure) -> [TextVector] {
        let fails = state.withLock { state in
            state.asked.append(texts)
            return state.fails
        }
        if fails { throw .broken("away") }
        return texts.compactMap { text in
            let words = Set(Words.texts(of: text))
            // What is of no line is like itself alone.
            let own = text.utf8.reduce(5381) { ($0 &* 33) ^ Int($1) } & 63
            return TextVector(lines.map { words.isDisjoint(with: $0) ? 0 : 1 } + (0..<64).map { $0 == own ? 0.1 : 0 })
        }
    }
}

@Suite struct `What a question means` {
    private static let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    @Test func `is asked once, and forgotten when there are many others`() async throws {
        let model = LineEmbedding()
        let questions = QuestionVectors(embedding: model, logger: Self.logger)
        let first = await questions.vector(of: "What is the price?")
        #expect(await questions.vector(of: "What is the price?") == first && first != nil)
        #expect(model.asked == [["What is the price?"]])
        _ = await questions.vector(of: String(repeating: "parking ", count: 1000))
        #expect(model.asked[1].count == 1 && model.asked[1][0].count == QuestionVectors.longest)
        #expect(await questions.vector(of: " \n") == nil && model.asked.count == 2)
        for number in 0..<QuestionVectors.mostKept { _ = await questions.vector(of: "price \(number)") }
        _ = await questions.vector(of: "What is the price?")
        #expect(model.asked.count == 3 + QuestionVectors.mostKept)
    }

    @Test func `is measured by questions and answers, as often as the model tells`() async throws {
        let model = LineEmbedding()
        let questions = QuestionVectors(embedding: model, logger: Self.logger)
        #expect(questions.scale == nil)
        #expect(await questions.measure(by: model))
        #expect(model.asked == [NearnessScale.texts])
        let scale = try #require(questions.scale)
        #expect(scale.related > 0.9 && scale.unrelated < 0.1)
        model.fail()
        #expect(await !questions.measure(by: model))
        #expect(questions.scale == scale)
    }

    @Test func `is not known while the model is away`() async throws {
        let model = LineEmbedding()
        model.fail()
        let questions = QuestionVectors(embedding: model, logger: Self.logger)
        #expect(await questions.vector(of: "What is the price?") == nil && questions.scale == nil)
    }
}

@Suite struct `A quote by its meaning` {
    private static let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    private static let house = """
        Our guesthouse lies near the station. Breakfast is served from seven to ten. A cot is provided on request. It \
        costs nothing for toddlers.

        Sleeping with babies?

        Bicycles can be hired at the front desk.
        """

    /// What an agent without a model answers, after its passages were found by meaning alone.
    private func ask(
        _ text: String, _ passage: String = house, nearness: Double = 0.6, model: LineEmbedding? = nil
    ) async throws -> AgentAnswer {
        let model = model ?? LineEmbedding("crib cot toddlers babies", "bike bicycles", "early breakfast seven")
        let questions = QuestionVectors(embedding: model, logger: Self.logger)
        _ = await questions.measure(by: model)
        var found = AnsweringFixture.passage(passage, score: 0)
        found.nearness = nearness
        let fixture = AnsweringFixture(passages: [found], nearest: NearestQuote(questions: questions))
        return try await fixture.ask(text)
    }

    @Test func `is the sentence that is nearest, with its neighbours that are near`() async throws {
        let answer = try await ask("Is there a crib?")
        #expect(answer.text == "A cot is provided on request. It costs nothing for toddlers.")
        #expect(!answer.isUnsure && answer.passagesUsed == 1)
        #expect(try await ask("May I borrow a bike?").text == "Bicycles can be hired at the front desk.")
    }

    @Test func `is the answer of a pair that is near`() async throws {
        let pairs = "Q: Do you have a cot?\nA: Yes, on request.\n\nQ: Can I cancel?\nA: Until noon."
        #expect(try await ask("Is there a crib?", pairs).text == "Yes, on request.")
    }

    @Test func `is none where words have judged, where nothing is near, and while the model is away`() async throws {
        // The sentence speaks of a cot, and nowhere of a Lisbon that the question names.
        #expect(try await ask("Is the cot from Lisbon or Porto or Madrid?").isUnsure)
        #expect(try await ask("Who was the first astronaut?").isUnsure)
        #expect(try await ask("Is there a crib?", nearness: 0.1).isUnsure)
        let away = LineEmbedding("crib cot")
        away.fail()
        #expect(try await ask("Is there a crib?", model: away).isUnsure)
    }
}
