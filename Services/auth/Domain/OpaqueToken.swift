import Contracts
import Crypto
import Foundation
import ServiceRuntime

/// A secret that is handed out once and kept as a hash: a mark that says what it is for, the id of its row, and 256 random
/// bits, in base 62.
struct OpaqueToken: Sendable, Equatable {
    /// What a token is for. One for something else is no token at all.
    enum Purpose: String, Sendable, CaseIterable {
        case refresh = "sbr_"
        case passwordReset = "sbp_"
        case invitation = "sbi_"
    }

    private static let secretBytes = 32

    /// Of the row that holds the hash.
    let id: UUID
    let text: String

    /// A new one.
    /// - Parameter id: of the row; a new one unless given.
    init(for purpose: Purpose, id: UUID = UUIDv7.make()) {
        var generator = SystemRandomNumberGenerator()
        let secret = (0..<Self.secretBytes).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
        self.id = id
        let idBytes = withUnsafeBytes(of: id.uuid) { Array($0) }
        text = purpose.rawValue + Base62.encode(idBytes) + Base62.encode(secret)
    }

    /// Nil for a text that no token of this purpose looks like.
    init?(_ text: String, for purpose: Purpose) {
        let mark = purpose.rawValue
        let idWidth = Base62.width(ofBytes: 16)
        let length = mark.utf8.count + idWidth + Base62.width(ofBytes: Self.secretBytes)
        guard text.utf8.count == length, text.hasPrefix(mark) else { return nil }
        let body = text.utf8.dropFirst(mark.utf8.count)
        guard let idBytes = Base62.decode(body.prefix(idWidth), bytes: 16),
            Base62.decode(body.dropFirst(idWidth), bytes: Self.secretBytes) != nil
        else { return nil }
        id = UUID(uuid: idBytes.withUnsafeBytes { $0.loadUnaligned(as: uuid_t.self) })
        self.text = text
    }

    /// What is stored: SHA-256 of the whole text. With 256 random bits a slow hash would add nothing.
    var hash: [UInt8] { Array(SHA256.hash(data: Array(text.utf8))) }

    /// Takes the same time wherever the first difference is.
    func matches(_ storedHash: [UInt8]) -> Bool {
        let own = hash
        guard own.count == storedHash.count else { return false }
        return zip(own, storedHash).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) } == 0
    }
}
