/// The phrases that tell most of a text, found as RAKE does (Rose et al., 2010): stop words and punctuation cut a
/// text into
/// phrases; a word's weight is its degree, the words of all phrases that it is in, over its frequency; a phrase weighs
/// what its words weigh. Phrases of more than four words are left out, and so are single words that come once in a
/// text of
/// many.
enum KeyPhrases {
    static let most = 10
    static let longest = 80
    private static let longestWords = 4
    /// Words that are looked at, from the beginning.
    private static let mostWords = 20_000

    static func of(_ texts: [String]) -> [String] {
        let phrases = texts.flatMap(phrases)
        var frequency: [String: Int] = [:]
        var degree: [String: Int] = [:]
        for word in phrases.flatMap({ phrase in phrase.map { ($0, phrase.count) } }).prefix(mostWords) {
            frequency[word.0, default: 0] += 1
            degree[word.0, default: 0] += word.1
        }
        var found: [String: (weight: Double, count: Int, place: Int)] = [:]
        for (place, phrase) in phrases.enumerated() {
            let name = phrase.joined(separator: " ")
            guard name.unicodeScalars.count <= longest else { continue }
            let weight = phrase.reduce(0.0) { $0 + Double(degree[$1] ?? 0) / Double(max(1, frequency[$1] ?? 1)) }
            found[name] = (weight, (found[name]?.count ?? 0) + 1, found[name]?.place ?? place)
        }
        let isLong = found.count > 3 * most
        return found.filter { !isLong || $0.value.count > 1 || $0.key.contains(" ") }
            .sorted { left, right in
                // What is said often tells more than what is said once in many words.
                let (a, b) = (
                    left.value.weight * Double(left.value.count), right.value.weight * Double(right.value.count)
                )
                return a != b ? a > b : left.value.place < right.value.place
            }
            .prefix(most).map(\.key)
    }

    private static func phrases(_ text: String) -> [[String]] {
        text.split { ",;.!?:()[]{}\"।\n\r|/–—".contains($0) }.flatMap { part in
            Words.texts(of: part).split { StopWords.contains($0) || $0.count < 2 || $0.allSatisfy(\.isNumber) }
                .map(Array.init).filter { $0.count <= longestWords }
        }
    }
}
