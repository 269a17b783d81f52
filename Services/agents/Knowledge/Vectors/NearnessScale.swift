/// What a likeness of two texts means with a model: from 0, as texts are that have nothing to do with each other, to 1, as
/// a question is to its answer in other words. Models differ: of two unrelated texts one says 0.0 and another one 0.7.
///
/// It is found by asking the model itself: questions with answers that share no word with them.
struct NearnessScale: Sendable, Equatable {
    /// Questions and their answers.
    static let samples: [(question: String, answer: String)] = [
        ("How much will I have to pay?", "The price is thirty euros for each visit."),
        ("When can I come in on weekends?", "Saturday hours: from nine in the morning until noon."),
        ("Where do I leave my car?", "Free parking is behind the building, next to the main entrance."),
        ("Can I get my money back?", "Refunds are granted within two weeks of purchase."),
        ("Is my dog allowed inside?", "Pets are welcome in all rooms."),
        ("I forgot how to log in.", "To reset a lost password, follow the link in our email."),
    ]

    static var texts: [String] { samples.map(\.question) + samples.map(\.answer) }

    let unrelated: Double
    let related: Double

    init(unrelated: Double, related: Double) {
        self.unrelated = unrelated
        self.related = related
    }

    /// - Parameter vectors: of `texts`, in their order. Nil for a model that cannot tell the samples apart: what it finds
    ///   near says nothing.
    init?(_ vectors: [TextVector]) {
        let count = Self.samples.count
        guard vectors.count == 2 * count else { return nil }
        var (related, unrelated) = (0.0, 0.0)
        for question in 0..<count {
            for answer in 0..<count {
                let likeness = vectors[question].likeness(to: vectors[count + answer])
                if question == answer { related += likeness } else { unrelated += likeness }
            }
        }
        self.init(unrelated: unrelated / Double(count * (count - 1)), related: related / Double(count))
        guard self.related - self.unrelated >= 0.05 else { return nil }
    }

    /// 0–1.
    func nearness(of likeness: Double) -> Double {
        min(1, max(0, (likeness - unrelated) / (related - unrelated)))
    }
}
