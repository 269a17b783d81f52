import Contracts

/// What a conversation was about, without a model: by counting words, always with the same result. `docs/answering.md`
/// says how each part is found.
enum LocalAnalysis {
    static let version = "1"

    static func of(_ heard: HeardConversation) -> ConversationAnalysis {
        let feeling = Feeling.of(heard.customer)
        let intents = heard.customer.map(Intent.of)
        let intent = main(of: intents)
        let ending = Ending.of(heard)
        return ConversationAnalysis(
            summary: summary(heard, intents, ending), sentiment: feeling.sentiment, emotions: feeling.emotions,
            keyPhrases: KeyPhrases.of(heard.lines.map(\.text)), topics: topics(intents, intent),
            intent: intent.rawValue,
            qualityPermille: ending.qualityPermille(feeling.sentiment), provider: "local", model: "", version: version)
    }

    /// The first intent of a weight is the main one: what somebody wants comes before what they say of it.
    private static func main(of intents: [Intent]) -> Intent {
        let wants = intents.filter { !$0.isSmallTalk && $0 != .statement && $0 != .human && $0 != .question }
        if let first = wants.first { return first }
        return intents.first { $0 == .question } ?? intents.first { $0 == .human } ?? intents.first { $0 == .statement }
            ?? intents.first ?? .statement
    }

    /// What was spoken of, the most frequent first; in the order of `Intent` where that is the same.
    private static func topics(_ intents: [Intent], _ main: Intent) -> [String] {
        var counts = Dictionary(grouping: intents, by: { $0 }).mapValues(\.count)
        counts[main, default: 0] += intents.count
        let order = Intent.allCases
        return counts.keys.filter { !$0.isSmallTalk && $0 != .statement && $0 != .question && $0 != .human }
            .sorted { left, right in
                let (a, b) = (counts[left] ?? 0, counts[right] ?? 0)
                return a != b ? a > b : (order.firstIndex(of: left) ?? 0) < (order.firstIndex(of: right) ?? 0)
            }
            .prefix(5).map { $0.rawValue.replacing("_", with: " ") }
    }

    /// What was wanted first, what was said to it last, and how it ended.
    private static func summary(_ heard: HeardConversation, _ intents: [Intent], _ ending: Ending) -> String {
        var parts: [String] = []
        let request = zip(heard.customer, intents).first { !$1.isSmallTalk }?.0 ?? heard.customer.first
        if let request { parts.append("Customer: " + PlainText.line(firstSentence(request), longest: 200)) }
        let phrases = Phrases.table.values.flatMap {
            [$0.greeting, $0.thanks, $0.goodbye, $0.goOn, $0.unknown, $0.human]
        }
        let answer = heard.agent.last {
            !phrases.contains($0) && !Phrases.saysUnknown($0) && !Intent.of($0).isSmallTalk
        }
        if let answer { parts.append("Agent: " + PlainText.line(firstSentence(answer), longest: 200)) }
        parts.append(ending.sentence)
        return PlainText.line(parts.joined(separator: " "), longest: 600)
    }

    private static func firstSentence(_ text: String) -> Substring {
        let sentences = Sentences.of(text)
        guard let first = sentences.first else { return text[...] }
        // A greeting before the matter tells nothing.
        let isGreeting = sentences.count > 1 && Intent.of(String(text[first])).isSmallTalk
        return text[isGreeting ? sentences[1] : first]
    }
}
