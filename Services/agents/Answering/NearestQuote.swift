/// Finds the sentences that answer a question in other words, where the words themselves do not show it: those whose
/// meaning is nearest to the question's. Every word of a quote stands in the passage, in the same order and without a gap.
///
/// A passage is about many things and a question about one, so that sentences are compared and not passages. Where the
/// nearest one has some of the asked words nothing is quoted: by these it was judged already, and what the others name it
/// does not speak of. To a model the price of a crown and that of a cleaning are much alike.
struct NearestQuote: Sendable {
    /// Of `NearnessScale`; what is less near is not quoted.
    static let threshold = 0.7
    /// A neighbour that says of it too.
    static let neighbourThreshold = 0.5
    static let mostPassages = 3
    /// Sentences that are compared.
    static let mostPieces = 40
    private static let longestPiece = 600
    private static let leastWords = 3

    let questions: QuestionVectors

    private struct Piece {
        let passage: Int
        /// What is compared.
        let text: String
        let quote: String
        let isSentence: Bool

        /// A heading or a question says nothing by itself.
        var isAnswer: Bool {
            !isSentence
                || (Words.texts(of: quote).count >= leastWords && !quote.hasSuffix("?") && !quote.hasSuffix(":"))
        }
    }

    /// Nil when nothing is near enough, or when the model does not answer in time.
    func quote(for question: AnswerQuestion, from passages: [FoundPassage]) async -> String? {
        let near = passages.filter { $0.nearness >= HybridPassageSearch.leastNearness }
            .sorted { $0.nearness > $1.nearness }.prefix(Self.mostPassages)
        let found = near.enumerated().flatMap { Self.pieces(of: $1.text, passage: $0, for: question) }
        let pieces = Array(found.prefix(Self.mostPieces))
        guard !pieces.isEmpty, let scale = questions.scale,
            let asked = await questions.vector(of: question.searchText),
            let vectors = await questions.vectors(of: pieces.map(\.text))
        else { return nil }
        let nearness = vectors.map { scale.nearness(of: asked.likeness(to: $0)) }
        let answers = pieces.indices.filter { pieces[$0].isAnswer && nearness[$0] >= Self.threshold }
        guard let best = answers.max(by: { nearness[$0] < nearness[$1] }),
            !Topic(of: question.searchText).shares(with: Topic(of: pieces[best].text))
        else { return nil }
        return Self.quote(pieces, nearness, best)
    }

    /// The best piece, and sentences beside it that are near enough.
    private static func quote(_ pieces: [Piece], _ nearness: [Double], _ best: Int) -> String {
        let longest = ExtractiveAnswerer.longestAnswer
        guard pieces[best].isSentence else { return PlainText.line(pieces[best].quote, longest: longest) }
        func belongs(_ index: Int) -> Bool {
            pieces.indices.contains(index) && pieces[index].isSentence
                && pieces[index].passage == pieces[best].passage && nearness[index] >= neighbourThreshold
        }
        var (first, last) = (best, best)
        func length(_ from: Int, _ to: Int) -> Int { pieces[from...to].reduce(to - from) { $0 + $1.quote.count } }
        while belongs(last + 1), length(first, last + 1) <= longest { last += 1 }
        while belongs(first - 1), length(first - 1, last) <= longest { first -= 1 }
        return PlainText.line(pieces[first...last].map(\.quote).joined(separator: " "), longest: longest)
    }

    /// Answers of a collection of questions and answers, compared with their questions; else sentences.
    private static func pieces(of text: String, passage: Int, for question: AnswerQuestion) -> [Piece] {
        let pairs = QuestionsAndAnswers.of(text)
        let isCancelling = question.intent == .cancellation
        let answers = pairs.filter { (Intent.of(String($0.question)) == .cancellation) == isCancelling }.map { pair in
            Piece(
                passage: passage, text: String("\(pair.question)\n\(pair.answer)".prefix(longestPiece)),
                quote: String(pair.answer), isSentence: false)
        }
        let prose = ExtractiveAnswerer.proseBefore(pairs.first, in: text)
        return answers
            + Sentences.of(prose).map { String(prose[$0]) }.map {
                Piece(passage: passage, text: String($0.prefix(longestPiece)), quote: $0, isSentence: true)
            }
    }
}
