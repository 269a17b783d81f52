import Foundation

/// What is sent to `/embeddings`.
struct EmbeddingCall: Encodable {
    let model: String
    let input: [String]
    let format = "float"

    private enum CodingKeys: String, CodingKey {
        case model, input
        case format = "encoding_format"
    }
}

/// What comes back.
struct EmbeddingAnswer: Decodable {
    private struct Entry: Decodable {
        let index: Int?
        let embedding: [Double]
    }

    private let data: [Entry]

    /// Bytes that an answer for so many texts may have: a number is written in up to 32.
    static func mostBytes(for texts: Int) -> Int { 65_536 + texts * TextVector.mostDimensions * 32 }

    /// - Throws: `ProviderFailure.malformed` for anything but one good vector for each text.
    static func vectors(in body: Data, count: Int) throws(ProviderFailure) -> [TextVector] {
        let answer: EmbeddingAnswer
        do {
            answer = try JSONDecoder().decode(EmbeddingAnswer.self, from: body)
        } catch {
            throw .malformed("no list of vectors")
        }
        guard answer.data.count == count else { throw .malformed("\(answer.data.count) vectors for \(count) texts") }
        var vectors = [TextVector?](repeating: nil, count: count)
        // Some servers leave the index out and keep the order.
        let isIndexed = answer.data.contains { $0.index != nil }
        for (place, entry) in answer.data.enumerated() {
            guard let index = isIndexed ? entry.index : place, vectors.indices.contains(index), vectors[index] == nil
            else { throw .malformed("vectors in no order") }
            guard let vector = TextVector(entry.embedding) else { throw .malformed("a vector without a direction") }
            vectors[index] = vector
        }
        let known = vectors.compactMap { $0 }
        guard known.count == count, Set(known.map(\.dimensions)).count <= 1 else {
            throw .malformed("vectors of different dimensions")
        }
        return known
    }
}
