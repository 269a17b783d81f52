import Bus

/// What a text means, as a model sees it: a direction in a space of many dimensions, of length 1.
struct TextVector: Sendable, Equatable {
    static let mostDimensions = 4096

    let numbers: [Float]

    var dimensions: Int { numbers.count }

    /// Brings numbers to length 1. Nil for none, for too many, for what is no number, and for those without a direction.
    init?(_ given: [Double]) {
        guard (1...Self.mostDimensions).contains(given.count) else { return nil }
        // The largest is taken out first, so that no square is beyond what can be counted.
        let largest = given.reduce(0) { $1.isFinite ? max($0, abs($1)) : .infinity }
        guard largest.isFinite, largest > 0 else { return nil }
        let scaled = given.map { $0 / largest }
        let length = scaled.reduce(0) { $0 + $1 * $1 }.squareRoot()
        guard length.isFinite, length > 0 else { return nil }
        numbers = scaled.map { Float($0 / length) }
    }

    /// Of a text that a model takes in no form: of a dimension that no model has.
    static let untaken = TextVector(kept: [0])

    /// Numbers that this type has given before.
    init(kept numbers: [Float]) {
        self.numbers = numbers
    }

    /// How alike two texts are: -1 to 1, 0 for those that have nothing to do with each other. 0 where the two are of
    /// different models.
    func likeness(to other: TextVector) -> Double {
        guard dimensions == other.dimensions else { return 0 }
        return numbers.withUnsafeBufferPointer { left in
            other.numbers.withUnsafeBufferPointer { right in Double(Self.product(left, right)) }
        }
    }

    /// A digit for each dimension, 1 for a number above zero: in few bits a rough idea of the direction.
    var signature: String {
        String(decoding: numbers.map { $0 > 0 ? UInt8(ascii: "1") : UInt8(ascii: "0") }, as: UTF8.self)
    }

    /// Eight sums at a time, since one sum would have to wait for itself.
    private static func product(_ left: UnsafeBufferPointer<Float>, _ right: UnsafeBufferPointer<Float>) -> Float {
        var sums = SIMD8<Float>.zero
        var index = 0
        let whole = left.count & ~7
        let (one, other) = (UnsafeRawBufferPointer(left), UnsafeRawBufferPointer(right))
        while index < whole {
            let offset = index * MemoryLayout<Float>.stride
            sums +=
                one.loadUnaligned(fromByteOffset: offset, as: SIMD8<Float>.self)
                * other.loadUnaligned(fromByteOffset: offset, as: SIMD8<Float>.self)
            index += 8
        }
        var sum = sums.sum()
        while index < left.count {
            sum += left[index] * right[index]
            index += 1
        }
        return sum
    }
}

/// A model that tells what texts mean.
protocol TextEmbedding: Sendable {
    /// Vectors of different models have nothing to do with each other.
    var model: String { get }

    /// - Returns: one for each text, in their order, all with the same number of dimensions.
    func vectors(of texts: [String], by deadline: Deadline) async throws(ProviderFailure) -> [TextVector]
}
