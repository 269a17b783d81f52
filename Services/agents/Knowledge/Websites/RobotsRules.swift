/// What a site's `robots.txt` (RFC 9309) says to this crawler.
struct RobotsRules: Sendable {
    static let name = "switchboard"
    // A site may want to keep its reader busy.
    private static let mostRules = 100
    private static let longestPattern = 100

    private struct Rule: Sendable {
        let isAllowed: Bool
        let pattern: String
    }

    private let rules: [Rule]

    static let all = RobotsRules("")

    init(_ text: String) {
        var (own, common): ([Rule], [Rule]) = ([], [])
        var (isOwn, isCommon, isNaming, hasOwn) = (false, false, false, false)
        for line in text.split(whereSeparator: \.isNewline).prefix(5000) {
            let parts = line.prefix { $0 != "#" }.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2 else { continue }
            let key = parts[0].lowercased().filter { !$0.isWhitespace }
            let value = String(parts[1].filter { !$0.isWhitespace }.prefix(Self.longestPattern))
            if key == "user-agent" {
                if !isNaming { (isOwn, isCommon) = (false, false) }
                isNaming = true
                if value == "*" { isCommon = true }
                if value.lowercased() == Self.name { (isOwn, hasOwn) = (true, true) }
            } else if key == "allow" || key == "disallow" {
                isNaming = false
                guard !value.isEmpty else { continue }
                let rule = Rule(isAllowed: key == "allow", pattern: value)
                if isOwn { own.append(rule) }
                if isCommon { common.append(rule) }
            }
        }
        rules = Array((hasOwn ? own : common).prefix(Self.mostRules))
    }

    /// The longest pattern that fits decides; of two as long, the one that allows.
    func allow(_ target: String) -> Bool {
        let fitting = rules.filter { Self.fits(Array($0.pattern.utf8), Array(target.utf8)) }
        let best = fitting.max {
            ($0.pattern.utf8.count, $0.isAllowed ? 1 : 0) < ($1.pattern.utf8.count, $1.isAllowed ? 1 : 0)
        }
        return best?.isAllowed ?? true
    }

    /// `*` stands for anything, a `$` at the end for the target's. Each piece between stars is taken where it fits first.
    private static func fits(_ pattern: [UInt8], _ target: [UInt8]) -> Bool {
        let isWhole = pattern.last == UInt8(ascii: "$")
        let pieces = (isWhole ? pattern.dropLast() : pattern[...])
            .split(separator: UInt8(ascii: "*"), omittingEmptySubsequences: false)
        var rest = target[...]
        for (place, piece) in pieces.enumerated() {
            if isWhole, place == pieces.count - 1 {
                return place == 0 ? rest.elementsEqual(piece) : rest.suffix(piece.count).elementsEqual(piece)
            }
            if place == 0 {
                guard rest.starts(with: piece) else { return false }
                rest = rest.dropFirst(piece.count)
            } else {
                guard let range = rest.firstRange(of: piece) else { return false }
                rest = rest[range.upperBound...]
            }
        }
        return true
    }
}
