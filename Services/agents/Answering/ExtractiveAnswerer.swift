import Contracts

/// Answers with the words of the best passage, or says that it does not know. Every word of an answer stands in the
/// passage, in the same order and without a gap, or is one of the agent's fixed phrases.
///
/// How sure an answer is: 0.6 × the part of the question's words (see `Topic`) that passage and quote have on average +
/// 0.4 × the passage's score in the search, or 0.6 × its nearness if that is more. From `threshold` on it is given. So a passage with half of the words needs a
/// score of 0.13, one with a third of them 0.38, and one with none of them is quoted only where the search is almost
/// certain (0.88).
struct ExtractiveAnswerer: Sendable {
    static let threshold = 0.35
    /// A question of a collection of questions and answers must itself ask for that part of what is asked.
    static let questionThreshold = 0.5
    static let longestAnswer = 600
    /// What a passage's nearness counts beside its score: a passage is near to many questions that it does not answer.
    static let nearnessWeight = 0.6

    struct Answer: Equatable {
        let text: String
        let passagesUsed: Int
        let isUnsure: Bool
    }

    /// - Parameter passages: the best first.
    func answer(_ question: AnswerQuestion, passages: [FoundPassage]) -> Answer {
        if let phrase = question.phrases.answer(to: question.intent) {
            return Answer(text: phrase, passagesUsed: 0, isUnsure: false)
        }
        let asked = Topic(of: question.searchText)
        guard !asked.isEmpty, let quote = Self.quote(for: asked, question, from: passages) else {
            return Answer(text: question.phrases.unknown, passagesUsed: 0, isUnsure: true)
        }
        return Answer(text: quote, passagesUsed: 1, isUnsure: false)
    }

    private static func quote(
        for asked: Topic, _ question: AnswerQuestion, from passages: [FoundPassage]
    ) -> String? {
        // What a message itself names must be spoken of, whatever was said before.
        let own = Topic(of: question.text)
        let isCancelling = question.intent == .cancellation
        let answers = passages.compactMap { passage -> (certainty: Double, quote: String)? in
            let score = max(passage.score, nearnessWeight * passage.nearness)
            let found = score.isFinite ? min(max(0, score), 1) : 0
            guard !own.namesThing || own.coverage(by: Topic(of: passage.text)) > 0 else { return nil }
            let pairs = QuestionsAndAnswers.of(passage.text)
            let fitting = pairs.filter { pair in
                // To make an appointment and to give it up are asked with the same words.
                (Intent.of(String(pair.question)) == .cancellation) == isCancelling
                    && (!own.namesThing || own.coverage(by: Topic(of: pair.question + "\n" + pair.answer)) > 0)
            }
            if let pair = best(of: fitting, for: asked) {
                return (0.6 * pair.coverage + 0.4 * found, PlainText.line(pair.answer, longest: longestAnswer))
            }
            // An answer to another question is none.
            let text = proseBefore(pairs.first, in: passage.text)
            guard let quote = bestSentences(of: text, for: asked) else { return nil }
            let coverage = (asked.coverage(by: Topic(of: text)) + asked.coverage(by: Topic(of: quote))) / 2
            return (0.6 * coverage + 0.4 * found, quote)
        }
        // The search's own order decides between equals.
        guard let top = answers.map(\.certainty).max(), top >= threshold else { return nil }
        return answers.first { $0.certainty == top }?.quote
    }

    /// What stands in the lines above the first question.
    static func proseBefore(_ pair: QuestionsAndAnswers.Pair?, in text: String) -> String {
        guard let pair else { return text }
        let before = text[..<pair.question.startIndex]
        return String(before.lastIndex(where: \.isNewline).map { before[..<$0] } ?? "")
    }

    private static func best(
        of pairs: [QuestionsAndAnswers.Pair], for asked: Topic
    ) -> (coverage: Double, answer: Substring)? {
        var best: (coverage: Double, precision: Double, answer: Substring)?
        for pair in pairs {
            let question = Topic(of: pair.question)
            // What the answer says counts too, but less: "When do you open?" is asked with the word "Sunday".
            let own = asked.coverage(by: question)
            let coverage = max(own, 0.5 * own + 0.5 * asked.coverage(by: Topic(of: pair.question + "\n" + pair.answer)))
            let precision = question.coverage(by: asked)
            guard coverage >= questionThreshold else { continue }
            if best.map({ (coverage, precision) > ($0.coverage, $0.precision) }) ?? true {
                best = (coverage, precision, pair.answer)
            }
        }
        return best.map { ($0.coverage, $0.answer) }
    }

    /// The sentence with most of what is asked, and its neighbours as long as they say of it too.
    private static func bestSentences(of text: String, for asked: Topic) -> String? {
        let sentences = Sentences.of(text)
        let shares = sentences.map { asked.coverage(by: Topic(of: text[$0])) }
        guard let most = shares.max(), var first = shares.firstIndex(of: most) else { return nil }
        var last = first
        func length(_ from: Int, _ to: Int) -> Int {
            text.distance(from: sentences[from].lowerBound, to: sentences[to].upperBound)
        }
        // A heading or a question says nothing without what stands below.
        if last + 1 < sentences.count, isOpening(text[sentences[last]]), length(first, last + 1) <= longestAnswer {
            last += 1
        }
        while last + 1 < sentences.count, shares[last + 1] > 0, length(first, last + 1) <= longestAnswer { last += 1 }
        while first > 0, shares[first - 1] > 0, length(first - 1, last) <= longestAnswer { first -= 1 }
        return PlainText.line(text[sentences[first].lowerBound..<sentences[last].upperBound], longest: longestAnswer)
    }

    private static func isOpening(_ sentence: Substring) -> Bool {
        guard let end = sentence.last(where: { !$0.isWhitespace }) else { return true }
        return end == "?" || end == ":" || (end.isLetter && sentence.count < 60)
    }
}
