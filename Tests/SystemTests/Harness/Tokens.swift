import Crypto
import Foundation
import TestSupport

/// Access tokens made by hand: good, expired, and wrong in every way.
struct ForgedToken {
    var header: [String: JSON] = ["alg": "HS256", "typ": "JWT"]
    var claims: [String: JSON]

    /// Takes a good token apart.
    init(_ token: String) throws {
        let parts = token.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 3, let header = Self.decoded(parts[0]).object, let claims = Self.decoded(parts[1]).object
        else { throw APIFailure("no token: \(token)") }
        (self.header, self.claims) = (header, claims)
    }

    /// Signed by HS256 with this secret, whatever the header says.
    func signed(_ secret: String) -> String {
        let text = "\(unsigned)."
        return text + Self.encoded(Array(Self.mac(String(text.dropLast()), secret)))
    }

    /// `header.claims`, without the last point.
    var unsigned: String {
        Self.encoded(JSON.object(header).bytes) + "." + Self.encoded(JSON.object(claims).bytes)
    }

    func with(header changes: [String: JSON] = [:], claims more: [String: JSON] = [:]) -> ForgedToken {
        var copy = self
        copy.header.merge(changes) { $1 }
        copy.claims.merge(more) { $1 }
        return copy
    }

    func without(_ claim: String) -> ForgedToken {
        var copy = self
        copy.claims[claim] = nil
        return copy
    }

    static func mac(_ text: String, _ secret: String) -> HMAC<SHA256>.MAC {
        HMAC<SHA256>.authenticationCode(for: Array(text.utf8), using: SymmetricKey(data: Array(secret.utf8)))
    }

    static func encoded(_ bytes: [UInt8]) -> String {
        Data(bytes).base64EncodedString().replacingOccurrences(of: "+", with: "-")
            .replacingOccurrences(of: "/", with: "_").replacingOccurrences(of: "=", with: "")
    }

    private static func decoded(_ part: Substring) -> JSON {
        var base64 = part.replacingOccurrences(of: "-", with: "+").replacingOccurrences(of: "_", with: "/")
        base64 += String(repeating: "=", count: (4 - base64.utf8.count % 4) % 4)
        return Data(base64Encoded: base64).flatMap { try? JSON(bytes: $0) } ?? .null
    }
}

extension APIClient {
    /// The token of a client that speaks as a person.
    var token: String {
        get throws {
            guard case .token(let token) = credential else { throw APIFailure("no token") }
            return token
        }
    }
}
