/// Patterns of words that follow one another somewhere in a text, one of which must be there. Each word may be one of
/// several (`call|ring`), and `cancel*` is any word that begins so.
struct WordPatterns: Sendable {
    private struct Choice: Sendable {
        let text: String
        let isBeginning: Bool

        func fits(_ word: String) -> Bool { isBeginning ? word.hasPrefix(text) : word == text }
    }

    /// Words behind the first one, by what the first one is.
    private var byWord: [String: [[[Choice]]]] = [:]
    private var byBeginning: [(beginning: String, rest: [[Choice]])] = []

    /// - Parameter text: patterns with a comma between.
    init(_ text: String) {
        self.init(text.split(separator: ",").map(String.init))
    }

    init(_ patterns: [String]) {
        for pattern in patterns {
            let steps = Words.folded(pattern).split { $0 == " " || $0.isNewline }.map { step in
                step.split(separator: "|").map { choice in
                    let isBeginning = choice.hasSuffix("*")
                    return Choice(text: String(isBeginning ? choice.dropLast() : choice), isBeginning: isBeginning)
                }
            }
            guard let first = steps.first else { continue }
            let rest = Array(steps.dropFirst())
            for choice in first {
                if choice.isBeginning {
                    byBeginning.append((choice.text, rest))
                } else {
                    byWord[choice.text, default: []].append(rest)
                }
            }
        }
    }

    /// - Parameter words: as `Words` gives them.
    func match(_ words: [String]) -> Bool {
        words.indices.contains { index in
            let word = words[index]
            if let rests = byWord[word], rests.contains(where: { follows($0, in: words, behind: index) }) {
                return true
            }
            return byBeginning.contains { word.hasPrefix($0.beginning) && follows($0.rest, in: words, behind: index) }
        }
    }

    private func follows(_ rest: [[Choice]], in words: [String], behind index: Int) -> Bool {
        guard index + rest.count < words.count else { return false }
        return rest.indices.allSatisfy { step in rest[step].contains { $0.fits(words[index + 1 + step]) } }
    }
}
