import Bus
import Contracts

/// What is analysed: who said what, bounded.
struct HeardConversation: Sendable, Equatable {
    struct Line: Sendable, Equatable {
        let speaker: Speaker
        var text: String
    }

    static let mostLines = 1000
    /// Characters of one line; a longer one becomes several.
    static let longestLine = 4000
    /// Characters of all lines that count, half of them from each end: more than two people say in an hour.
    static let most = 80_000

    let lines: [Line]
    let isEscalated: Bool

    /// - Throws: `.inputInvalid` when nothing was said.
    init(_ request: AnalyzeConversation) throws(Fault) {
        let given =
            request.turns.isEmpty
            ? Self.lines(of: request.transcript) : request.turns.map { Line(speaker: $0.speaker, text: $0.text) }
        let said = given.filter { $0.text.contains { !$0.isWhitespace } }
        guard !said.isEmpty else { throw Fault(.inputInvalid, "nothing was said", field: "turns") }
        lines = Self.kept(of: said)
        isEscalated = request.isEscalated
    }

    var customer: [String] { lines.filter { $0.speaker == .customer }.map(\.text) }
    var agent: [String] { lines.filter { $0.speaker == .agent }.map(\.text) }

    /// How it began and how it ended tells most.
    private static func kept(of said: [Line]) -> [Line] {
        let cut = said.flatMap(pieces)
        func taken(_ lines: some Sequence<Line>) -> Int {
            var (count, characters) = (0, 0)
            for line in lines {
                characters += line.text.count
                guard count < mostLines / 2, characters <= most / 2 else { break }
                count += 1
            }
            return count
        }
        let first = taken(cut)
        return Array(cut[..<first] + cut[first...].suffix(taken(cut[first...].reversed())))
    }

    private static func pieces(of line: Line) -> [Line] {
        guard line.text.utf8.count > longestLine else { return [line] }
        var pieces: [Line] = []
        var rest = line.text[...]
        while !rest.isEmpty {
            let piece = rest.prefix(longestLine)
            pieces.append(Line(speaker: line.speaker, text: String(piece)))
            rest = rest[piece.endIndex...]
        }
        return pieces
    }

    private static let agentLabels: Set<String> = [
        "agent", "assistant", "ai", "bot", "representative", "rep", "operator", "support", "agente", "एजेंट",
    ]
    private static let customerLabels: Set<String> = [
        "customer", "caller", "user", "client", "visitor", "patient", "guest", "cliente", "kunde", "ग्राहक",
    ]

    /// A line without a label goes on with the one before it; the first words are the customer's.
    private static func lines(of transcript: String) -> [Line] {
        var lines: [Line] = []
        for line in transcript.split(whereSeparator: \.isNewline) {
            if let (speaker, text) = labelled(line) {
                lines.append(Line(speaker: speaker, text: text))
            } else if let last = lines.indices.last {
                lines[last].text += "\n" + line
            } else {
                lines.append(Line(speaker: .customer, text: String(line)))
            }
        }
        return lines
    }

    private static func labelled(_ line: Substring) -> (Speaker, String)? {
        let head = line.prefix(40)
        // A time before the label has colons of its own.
        for colon in head.indices where head[colon] == ":" {
            guard let label = Words.texts(of: head[..<colon]).last else { continue }
            let text = String(line[line.index(after: colon)...].drop { $0.isWhitespace })
            if agentLabels.contains(label) { return (.agent, text) }
            if customerLabels.contains(label) { return (.customer, text) }
        }
        return nil
    }
}
