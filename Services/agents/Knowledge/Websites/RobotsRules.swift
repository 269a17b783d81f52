/// What a site's `robots.txt` (RFC 9309) says to this crawler.
struct RobotsRules: Sendable {
    static let name = "switchboard"
    private static let mostRules = 1000

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
            let value = String(parts[1].filter { !$0.isWhitespace })
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

    /// `*` stands for anything, a `$` at the end for the target's; in steps that grow with both lengths, not with powers.
    private static func fits(_ pattern: [UInt8], _ target: [UInt8]) -> Bool {
        let isWhole = pattern.last == UInt8(ascii: "$")
        let pattern = isWhole ? pattern.dropLast() : pattern[...]
        var places: Set<Int> = [0]
        for byte in pattern {
            if byte == UInt8(ascii: "*") {
                guard let first = places.min() else { return false }
                places = Set(first...target.count)
            } else {
                places = Set(places.compactMap { $0 < target.count && target[$0] == byte ? $0 + 1 : nil })
            }
            if places.isEmpty { return false }
        }
        return !isWhole || places.contains(target.count)
    }
}
