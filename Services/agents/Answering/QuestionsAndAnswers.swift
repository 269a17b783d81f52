/// Finds the pairs of a text that is a collection of questions and answers.
///
/// A question is a line that begins with `Q:`, `Question:` or the like, or one that ends with a question mark; its
/// answer
/// is everything up to the next question, without an `A:` before it.
enum QuestionsAndAnswers {
    struct Pair: Equatable {
        let question: Substring
        let answer: Substring
    }

    static func of(_ text: String) -> [Pair] {
        var pairs: [Pair] = []
        var question: Substring?
        var answer: Range<String.Index>?
        func close() {
            if let question, let answer { pairs.append(Pair(question: question, answer: text[answer])) }
            answer = nil
        }
        for line in text.split(whereSeparator: \.isNewline) {
            let line = trimmed(line)
            guard !line.isEmpty else { continue }
            if let asked = questionOfLine(line) {
                close()
                question = asked.question
                if let rest = asked.answer { answer = rest.startIndex..<rest.endIndex }
            } else if question != nil {
                let said = trimmed(withoutLabel(line, answerLabels) ?? line)
                guard !said.isEmpty else { continue }
                answer = (answer?.lowerBound ?? said.startIndex)..<said.endIndex
            }
        }
        close()
        return pairs
    }

    private static let questionLabels = ["question", "pregunta", "frage", "ques", "प्रश्न", "q", "p", "f"]
    private static let answerLabels = ["answer", "respuesta", "reponse", "réponse", "antwort", "ans", "उत्तर", "a", "r"]

    /// The question of a line, and what follows it on the same line as its answer.
    private static func questionOfLine(_ line: Substring) -> (question: Substring, answer: Substring?)? {
        let labelled = withoutLabel(line, questionLabels)
        let body = trimmed(labelled ?? line)
        guard !body.isEmpty else { return nil }
        if let end = body.lastIndex(where: { $0 == "?" || $0 == "？" }),
            labelled != nil || body.endIndex == body.index(after: end)
        {
            let rest = trimmed(body[body.index(after: end)...])
            let answer = rest.isEmpty ? nil : trimmed(withoutLabel(rest, answerLabels) ?? rest)
            return (body[...end], answer)
        }
        return labelled == nil ? nil : (body, nil)
    }

    /// Nil where none of the labels stands at the beginning, with a colon, dot or bracket behind it.
    private static func withoutLabel(_ line: Substring, _ labels: [String]) -> Substring? {
        let line = line.drop { "*#-• ".contains($0) }
        let lower = line.prefix(12).lowercased()
        for label in labels where lower.hasPrefix(label) {
            let rest = line.dropFirst(label.count).drop { $0.isNumber || $0 == "*" || $0 == " " }
            if let mark = rest.first, ":.)".contains(mark) { return rest.dropFirst().drop { $0 == "*" } }
        }
        return nil
    }

    private static func trimmed(_ text: Substring) -> Substring {
        guard let first = text.firstIndex(where: { !$0.isWhitespace }),
            let last = text.lastIndex(where: { !$0.isWhitespace })
        else { return text[text.endIndex...] }
        return text[first...last]
    }
}
