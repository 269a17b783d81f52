import Contracts
import Crypto
import Foundation

/// An API key as its holder sends it: `sb_`, then the key's id and 256 random bits in base 62.
struct APIKeySecret: Sendable, Equatable {
    private static let mark = "sb_"
    private static let secretBytes = 32

    let id: APIKeyID
    let text: String

    /// A new key.
    init(for id: APIKeyID) {
        var generator = SystemRandomNumberGenerator()
        let secret = (0..<Self.secretBytes).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
        self.id = id
        // The id's random end first, so that the first characters tell keys apart that were made together.
        let idBytes = withUnsafeBytes(of: id.uuid.uuid) { Array($0.reversed()) }
        text = Self.mark + Base62.encode(idBytes) + Base62.encode(secret)
    }

    /// Nil for a text that no key looks like.
    init?(_ text: String) {
        let idWidth = Base62.width(ofBytes: 16)
        let length = Self.mark.utf8.count + idWidth + Base62.width(ofBytes: Self.secretBytes)
        guard text.utf8.count == length, text.hasPrefix(Self.mark) else { return nil }
        let body = text.utf8.dropFirst(Self.mark.utf8.count)
        guard let reversed = Base62.decode(body.prefix(idWidth), bytes: 16),
            Base62.decode(body.dropFirst(idWidth), bytes: Self.secretBytes) != nil
        else { return nil }
        let uuid = Array(reversed.reversed()).withUnsafeBytes { $0.loadUnaligned(as: uuid_t.self) }
        self.id = APIKeyID(UUID(uuid: uuid))
        self.text = text
    }

    /// Enough to recognise the key, not enough to use it.
    var prefix: String { String(text.prefix(11)) }

    /// What is stored: SHA-256 of the whole text. With 256 random bits a slow hash would add nothing.
    var hash: [UInt8] { Array(SHA256.hash(data: Array(text.utf8))) }

    /// Takes the same time wherever the first difference is.
    func matches(_ storedHash: [UInt8]) -> Bool {
        let own = hash
        guard own.count == storedHash.count else { return false }
        return zip(own, storedHash).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) } == 0
    }
}
