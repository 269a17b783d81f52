import Bus
import Contracts

/// Entries of a feed that follow one another, as they are stored.
enum FeedChunk {
    /// So many entries at most, so that a reader of one never reads much too much.
    static let mostEntries = 256
    /// The first byte; another one is another form.
    private static let form: UInt8 = 1

    static func encoded(_ facts: some Collection<FeedFact>) -> [UInt8] {
        var writer = MessageWriter(reserving: 2 + 32 * facts.count)
        writer.write(form)
        writer.write(Array(facts))
        return writer.bytes
    }

    /// - Throws: `MalformedMessage`.
    static func entries(of bytes: [UInt8], from first: Int, at moment: Timestamp) throws -> [FeedEntry] {
        var reader = MessageReader(bytes)
        guard try reader.read(UInt8.self) == form else { throw MalformedMessage("the feed has another form") }
        return try reader.read([FeedFact].self).enumerated().map { place, fact in
            FeedEntry(number: first + place, at: moment, fact: fact)
        }
    }
}
