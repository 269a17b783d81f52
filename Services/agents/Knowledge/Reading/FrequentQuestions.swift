import Contracts
import Foundation

/// Questions with their answers in a text: `Q: …` and `A: …`, or a line that ends with a question mark and what follows.
struct FrequentQuestions {
    /// Each question with its answer; longer ones are cut.
    let passages: [Passage]
    /// Questions that have an answer. Of a text without any question, its paragraphs.
    let count: Int

    /// As of a website.
    private static let mostPassages = 5000

    init(_ given: String) {
        // Browsers end the lines of a form's text with both characters, which Swift takes for one.
        let text = given.replacingOccurrences(of: "\r\n", with: "\n").replacingOccurrences(of: "\r", with: "\n")
        var entries: [[Substring]] = [[]]
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            if Self.isQuestion(line), entries.last?.isEmpty == false { entries.append([]) }
            entries[entries.count - 1].append(line)
        }
        let questions = entries.filter { $0.first.map(Self.isQuestion) ?? false }
        guard !questions.isEmpty else {
            passages = Array(PassageCutter.passages(of: text).prefix(Self.mostPassages))
            count = text.split(separator: "\n\n").filter { $0.contains { !$0.isWhitespace } }.count
            return
        }
        count = questions.filter { $0.dropFirst().contains { $0.contains { !$0.isWhitespace } } }.count
        var offset = 0
        var passages: [Passage] = []
        for entry in entries {
            guard passages.count < Self.mostPassages else { break }
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
        return isLabelled(line) || line.last { !$0.isWhitespace } == "?"
    }

    /// `Q:`, `Question 3.` …; a label is short, whatever stands in the line.
    private static func isLabelled(_ line: Substring) -> Bool {
        let beginning = line.prefix(24).lowercased()
        return ["question", "q"].contains { label in
            guard beginning.hasPrefix(label) else { return false }
            let mark = beginning.dropFirst(label.count).first { !$0.isWhitespace && !($0.isASCII && $0.isNumber) }
            return mark.map { ":.)".contains($0) } ?? false
        }
    }
}
