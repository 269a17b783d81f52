/// Cuts texts into sentences.
enum Sentences {
    /// Where the sentences are, without the space around them; a line that is empty ends one too, and so does a line
    /// behind which a list goes on.
    static func of(_ text: String) -> [Range<String.Index>] {
        var ranges: [Range<String.Index>] = []
        var start = text.startIndex
        func close(at end: String.Index) {
            if let range = trimmed(start..<end, in: text) { ranges.append(range) }
            start = end
        }
        var index = text.startIndex
        while index < text.endIndex {
            let character = text[index]
            let next = text.index(after: index)
            if character.isNewline {
                if endsLine(text, at: index, next) { close(at: next) }
            } else if isEnd(character), next == text.endIndex || endsSentence(text, from: start, at: index, next) {
                close(at: next)
            }
            index = next
        }
        close(at: text.endIndex)
        return ranges
    }

    private static func isEnd(_ character: Character) -> Bool { ".!?।。！？".contains(character) }

    /// A full stop within a number, after an initial or a well-known short form is none.
    private static func endsSentence(
        _ text: String, from start: String.Index, at index: String.Index, _ next: String.Index
    ) -> Bool {
        let follower = text[next]
        guard follower.isWhitespace || "\"'”’)]»".contains(follower) || !follower.isASCII else { return false }
        guard text[index] == "." else { return true }
        let word = text[start..<index].ending { !$0.isWhitespace }.lowercased()
        if word.count == 1, word.first?.isLetter == true { return false }
        return !shortForms.contains(word)
    }

    private static let shortForms: Set<String> = [
        "mr", "mrs", "ms", "dr", "prof", "st", "no", "nr", "e.g", "i.e", "approx", "vs", "inc", "ltd", "co", "tel",
        "sr", "sra", "z.b", "ca", "bzw", "mme", "a.m", "p.m", "u.s",
    ]

    /// A line ends a sentence before an empty line, before an item of a list, and where it looks like a heading.
    private static func endsLine(_ text: String, at index: String.Index, _ next: String.Index) -> Bool {
        let rest = text[next...].prefix { !$0.isNewline }
        guard let first = rest.first(where: { !$0.isWhitespace }) else { return true }
        if "-*•–#|".contains(first) || first.isNumber { return true }
        let before = text[..<index].ending { !$0.isNewline }
        return before.count < 60 || isItem(before)
    }

    private static func isItem(_ line: Substring) -> Bool {
        line.first { !$0.isWhitespace }.map { "-*•–#|".contains($0) } ?? false
    }

    private static func trimmed(_ range: Range<String.Index>, in text: String) -> Range<String.Index>? {
        let part = text[range]
        guard let first = part.firstIndex(where: { !$0.isWhitespace }),
            let last = part.lastIndex(where: { !$0.isWhitespace })
        else { return nil }
        return first..<text.index(after: last)
    }
}

extension Substring {
    /// The longest end of it in which everything passes.
    fileprivate func ending(_ passes: (Character) -> Bool) -> Substring {
        var start = endIndex
        while start > startIndex, passes(self[index(before: start)]) { start = index(before: start) }
        return self[start...]
    }
}

/// Texts as they are shown.
enum PlainText {
    /// On one line, at most so many scalars of Unicode, cut between words. Characters are no measure: one may be made of
    /// thousands of marks. Without null characters, which no database keeps.
    static func line(_ text: some StringProtocol, longest: Int) -> String {
        let words = text.split { $0.isWhitespace || $0.isNewline || $0 == "\0" }
        let line = words.joined(separator: " ")
        guard line.unicodeScalars.count > longest else { return line }
        let cut = line.unicodeScalars.prefix(max(1, longest - 1))
        let end = cut.lastIndex(of: " ") ?? cut.endIndex
        return String(String.UnicodeScalarView(cut[..<end])) + "…"
    }
}
