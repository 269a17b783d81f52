import Contracts

/// What somebody says before somebody else does.
package struct TranscriptTurn: Equatable {
    /// Nil before the first line that names a speaker.
    package var speaker: String?
    package var text: String
    /// Since the beginning of the call; nil when the line does not say.
    package var offsetSeconds: Int?
}

/// A transcript of lines such as `Agent: Hello` or `[01:05] Customer: Hi`. A line without a speaker goes on with what the
/// one before it said.
package enum TranscriptTurns {
    package static func of(_ transcript: String) -> [TranscriptTurn] {
        var turns: [TranscriptTurn] = []
        for line in transcript.split(whereSeparator: \.isNewline) {
            let turn = turn(of: line)
            guard !turn.text.isEmpty || turn.speaker != nil else { continue }
            guard turn.speaker == nil, turn.offsetSeconds == nil, let last = turns.indices.last else {
                turns.append(turn)
                continue
            }
            turns[last].text += turns[last].text.isEmpty ? turn.text : "\n" + turn.text
        }
        return turns
    }

    private static func turn(of line: Substring) -> TranscriptTurn {
        let (offset, rest) = offset(of: trimmed(line))
        guard let colon = rest.firstIndex(of: ":"), isName(rest[..<colon]) else {
            return TranscriptTurn(speaker: nil, text: String(rest), offsetSeconds: offset)
        }
        let behind = rest[rest.index(after: colon)...]
        // `https://…` and `10:30` name nobody.
        guard behind.first.map(\.isWhitespace) ?? true else {
            return TranscriptTurn(speaker: nil, text: String(rest), offsetSeconds: offset)
        }
        return TranscriptTurn(
            speaker: String(trimmed(rest[..<colon])), text: String(trimmed(behind)), offsetSeconds: offset)
    }

    /// `[m:ss]` or `[h:mm:ss]` in front of a line.
    private static func offset(of line: Substring) -> (seconds: Int?, rest: Substring) {
        guard line.first == "[", let end = line.firstIndex(of: "]") else { return (nil, line) }
        let parts = line[line.index(after: line.startIndex)..<end].split(
            separator: ":", omittingEmptySubsequences: false)
        let numbers = parts.compactMap { $0.utf8.count <= 3 ? UInt16($0) : nil }
        guard numbers.count == parts.count, (2...3).contains(numbers.count), numbers.dropFirst().allSatisfy({ $0 < 60 })
        else { return (nil, line) }
        return (numbers.reduce(0) { $0 * 60 + Int($1) }, trimmed(line[line.index(after: end)...]))
    }

    /// One to four words with a letter in them.
    private static func isName(_ text: Substring) -> Bool {
        let words = text.split(whereSeparator: \.isWhitespace)
        return (1...4).contains(words.count) && text.count <= 40 && text.contains(where: \.isLetter)
            && text.allSatisfy { $0.isLetter || $0.isNumber || $0.isWhitespace || "-_.'()#".contains($0) }
    }

    private static func trimmed(_ text: Substring) -> Substring {
        let start = text.drop(while: \.isWhitespace)
        guard let end = start.lastIndex(where: { !$0.isWhitespace }) else { return "" }
        return start[...end]
    }
}
