import Contracts

/// What somebody's words say of how they feel.
///
/// Words and phrases of `FeelingWords` have weights from -3 to 3. A denial up to three words before turns a weight round
/// and halves it ("not good" is -1); a word such as *very* makes it half as much again. The later half of what was said
/// counts double, since it tells how it ended. A mean of the weights of 0.5 and more is positive, of -0.5 and less
/// negative.
struct Feeling: Sendable, Equatable {
    let sentiment: Sentiment
    /// The strongest first.
    let emotions: [String]

    static func of(_ said: [String]) -> Feeling {
        var sum = 0.0
        var hits = 0.0
        var emotions: [String: Double] = [:]
        for (index, text) in said.enumerated() {
            let share = index >= said.count / 2 ? 2.0 : 1.0
            for hit in weigh(Words.texts(of: text)) {
                sum += hit.weight * share
                hits += share
                if let emotion = hit.emotion { emotions[emotion, default: 0] += abs(hit.weight) * share }
            }
        }
        let mean = hits == 0 ? 0 : sum / hits
        let order = ConversationAnalysis.allEmotions
        let strongest = emotions.sorted { left, right in
            left.value != right.value
                ? left.value > right.value
                : (order.firstIndex(of: left.key) ?? 0) < (order.firstIndex(of: right.key) ?? 0)
        }
        return Feeling(
            sentiment: mean >= 0.5 ? .positive : mean <= -0.5 ? .negative : .neutral,
            emotions: strongest.prefix(5).map(\.key))
    }

    private struct Hit {
        var weight: Double
        var emotion: String?
    }

    private static func weigh(_ words: [String]) -> [Hit] {
        words.indices.compactMap { index in
            guard let entry = FeelingWords.entry(words[index], after: index > 0 ? words[index - 1] : "") else {
                return nil
            }
            let before = words[max(0, index - 3)..<index]
            var hit = Hit(weight: entry.weight, emotion: entry.emotion)
            if before.suffix(2).contains(where: FeelingWords.intensifiers.contains) { hit.weight *= 1.5 }
            if !entry.isPair, before.contains(where: FeelingWords.denials.contains) {
                // Who is not happy is not thereby angry, and who has no problem is not thereby glad.
                hit = Hit(weight: -hit.weight / 2, emotion: nil)
            }
            return hit
        }
    }
}
