import Contracts

/// Questions with their answers in a text: `Q: …` and `A: …`, or a line that ends with a question mark and what follows.
struct FrequentQuestions {
    /// Each question with its answer; longer ones are cut.
    let passages: [Passage]
    /// Questions that have an answer. Of a text without any question, its paragraphs.
    let count: Int

    init(_ text: String) {
        var entries: [[Substring]] = [[]]
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            if Self.isQuestion(line), entries.last?.isEmpty == false { entries.append([]) }
            entries[entries.count - 1].append(line)
        }
        let questions = entries.filter { $0.first.map(Self.isQuestion) ?? false }
        guard !questions.isEmpty else {
            passages = PassageCutter.passages(of: text)
            count = text.split(separator: "\n\n").filter { $0.contains { !$0.isWhitespace } }.count
            return
        }
        count = questions.filter { $0.dropFirst().contains { $0.contains { !$0.isWhitespace } } }.count
        var offset = 0
        var passages: [Passage] = []
        for entry in entries {
            let body = entry.joined(separator: "\n")
            for passage in PassageCutter.passages(of: body) {
                passages.append(Passage(text: passage.text, offset: offset + passage.offset))
            }
            offset += body.unicodeScalars.count + 1
        }
        self.passages = passages
    }

    private static func isQuestion(_ line: Substring) -> Bool {
        let line = line.drop(while: \.isWhitespace)
        if line.hasPrefix("A:") || line.hasPrefix("A.") { return false }
        return line.wholeMatch(of: /(?i)(q|question)\s*[0-9]*\s*[:.)].*/) != nil
            || line.reversed().first { !$0.isWhitespace } == "?"
    }
}
