import Contracts

/// What somebody looks for, as PostgreSQL's `tsquery`: all words, each also as the beginning of a longer one; `"two words"`
/// next to one another; `-word` not there. A phone number is found in any spelling.
struct SearchQuery: Sendable, Equatable {
    /// Never empty.
    let text: String

    /// Characters that are looked at.
    static let limit = 200
    /// Shorter words are taken as whole ones.
    private static let prefixLength = 3

    /// Nil when there is no word in it.
    init?(_ given: String) {
        var parts: [String] = []
        var isQuoted = false
        for piece in given.prefix(Self.limit).split(separator: "\"", omittingEmptySubsequences: false) {
            if isQuoted {
                let words = Self.words(of: piece)
                if !words.isEmpty { parts.append("(" + words.map { "'\($0)'" }.joined(separator: " <-> ") + ")") }
            } else {
                parts += piece.split(whereSeparator: \.isWhitespace).compactMap(Self.term)
            }
            isQuoted.toggle()
        }
        var query = parts.joined(separator: " & ")
        if let number = PhoneNumber(given)?.normalised {
            query = (query.isEmpty ? "" : "(\(query)) | ") + "'\(number)':*"
        }
        guard !query.isEmpty else { return nil }
        text = query
    }

    /// The same within a workspace: each document has its workspace as a word.
    func text(in workspaceID: WorkspaceID) -> String {
        "'w\(workspaceID)' & (\(text))"
    }

    private static func term(_ piece: Substring) -> String? {
        let words = words(of: piece)
        guard !words.isEmpty else { return nil }
        let all = words.map { $0.count >= prefixLength ? "'\($0)':*" : "'\($0)'" }.joined(separator: " & ")
        let isExcluded = piece.first == "-" && piece.dropFirst().first?.isWhitespace == false
        return isExcluded ? "!(\(all))" : words.count > 1 ? "(\(all))" : all
    }

    /// Letters and digits alone, so that nothing in them has a meaning in a query.
    private static func words(of piece: Substring) -> [String] {
        piece.lowercased().split { !$0.isLetter && !$0.isNumber }.map(String.init)
    }
}
