import Crypto
import Foundation
import TestSupport

/// Tokens that nobody may let in, each wrong in one way.
struct TokenMutant: Sendable {
    let name: String
    let token: String

    /// - Parameters:
    ///   - token: a good one.
    ///   - secret: what it is signed with.
    static func all(of token: String, secret: String) throws -> [TokenMutant] {
        let good = try ForgedToken(token)
        let wrongClaims = claims(good).map { TokenMutant(name: $0.0, token: $0.1.signed(secret)) }
        let wrongHeaders = headers(good).map { TokenMutant(name: $0.0, token: $0.1.signed(secret)) }
        return wrongClaims + wrongHeaders + shapes(token) + flips(token) + signatures(good, secret)
    }

    private static func claims(_ good: ForgedToken) -> [(String, ForgedToken)] {
        let now = Int(Date().timeIntervalSince1970)
        let changes: [(String, [String: JSON])] = [
            ("expired a second ago", ["exp": JSON(now - 1)]), ("expired long ago", ["exp": 0]),
            ("a negative end", ["exp": -1]), ("an end as text", ["exp": "tomorrow"]), ("an endless end", ["exp": nil]),
            ("a fractional end in the past", ["exp": 1.5]), ("issued in the future", ["iat": JSON(now + 3600)]),
            ("issued as text", ["iat": "now"]), ("another audience", ["aud": "other-api"]),
            ("no audience", ["aud": ""]),
            ("an audience in capitals", ["aud": "VOICERA-API"]), ("an audience of null", ["aud": nil]),
            ("no person", ["sub": ""]), ("a person that is no id", ["sub": "admin", "user_id": "admin"]),
            ("two persons", ["user_id": JSON(newUUID())]), ("another person", ["sub": JSON(newUUID())]),
            ("a session that is no id", ["sid": "1"]), ("a workspace that is no id", ["workspace_id": "*"]),
            ("no workspace", ["workspace_id": nil]), ("a generation before the first", ["gen": -1]),
            ("a generation as text", ["gen": "0"]), ("permissions as text", ["permissions": "admin"]),
            ("a role that is none", ["role": "root"]), ("a number for an e-mail", ["email": 1]),
        ]
        return changes.map { ($0.0, good.with(claims: $0.1)) }
            + ["exp", "iat", "aud", "sub", "user_id", "sid", "gen", "permissions", "workspace_id"].map {
                ("without \($0)", good.without($0))
            }
    }

    private static func headers(_ good: ForgedToken) -> [(String, ForgedToken)] {
        let algorithms: [JSON] = [
            "none", "None", "NONE", "nOnE", "", "hs256", "HS384", "HS512", "RS256", "ES256", "EdDSA", nil, 256, true,
            ["HS256"], "HS256 ",
        ]
        return algorithms.map { ("algorithm \($0)", good.with(header: ["alg": $0])) } + [
            ("something critical", good.with(header: ["crit": ["exp"]])),
            ("a body that is not encoded", good.with(header: ["b64": false, "crit": ["b64"]])),
            ("keys of its own", good.with(header: ["jwk": ["kty": "oct"], "jku": "https://x.example", "x5u": "y"])),
        ]
    }

    private static func shapes(_ token: String) -> [TokenMutant] {
        let parts = token.split(separator: ".").map(String.init)
        let (header, body, signature) = (parts[0], parts[1], parts[2])
        let none = ForgedToken.encoded(Array(#"{"alg":"none","typ":"JWT"}"#.utf8))
        let texts: [(String, String)] = [
            ("a point", "."), ("two points", ".."), ("no signature", "\(header).\(body)"),
            ("an empty signature", "\(header).\(body)."), ("no header", ".\(body).\(signature)"),
            ("no body", "\(header)..\(signature)"), ("unsigned", "\(none).\(body)."),
            ("unsigned with a signature", "\(none).\(body).\(signature)"), ("twice", "\(token).\(token)"),
            ("a point behind", "\(token)."), ("a point before", ".\(token)"), ("a part more", "\(token).e30"),
            ("the parts turned", "\(signature).\(body).\(header)"), ("in capitals", token.uppercased()),
            ("percent-encoded", token.replacingOccurrences(of: ".", with: "%2E")), ("quoted", "\"\(token)\""),
            ("no words", "null"), ("a key", "sb_\(newUUID())"), ("a path", "../../etc/passwd"),
            ("long", String(repeating: "a", count: 9000)),
            ("long parts", "\(header).\(body)\(String(repeating: "A", count: 9000)).\(signature)"),
            ("half a signature", "\(header).\(body).\(signature.prefix(20))"),
            ("a doubled signature", "\(header).\(body).\(signature)\(signature)"),
            ("an empty object", "\(header).e30.\(signature)"), ("an array", "\(header).W10.\(signature)"),
        ]
        return texts.map { TokenMutant(name: $0.0, token: $0.1) }
    }

    /// One character is another, all along the token but for its last one, whose low bits mean nothing.
    private static func flips(_ token: String) -> [TokenMutant] {
        let characters = Array(token)
        return stride(from: 1, to: characters.count - 1, by: max(1, characters.count / 24)).compactMap { place in
            guard characters[place] != "." else { return nil }
            var changed = characters
            changed[place] = changed[place] == "A" ? "B" : "A"
            return TokenMutant(name: "another character at \(place)", token: String(changed))
        }
    }

    private static func signatures(_ good: ForgedToken, _ secret: String) -> [TokenMutant] {
        let secrets = [
            "", "secret", secret.uppercased(), String(secret.reversed()), secret + "\0", String(secret.dropLast()),
        ]
        let others = secrets.map { TokenMutant(name: "signed with \"\($0.prefix(6))…\"", token: good.signed($0)) }
        let text = good.unsigned
        let key = SymmetricKey(data: Array(secret.utf8))
        let long = HMAC<SHA512>.authenticationCode(for: Array(text.utf8), using: key)
        let hash = SHA256.hash(data: Array((text + secret).utf8))
        let bodyAlone = Array(ForgedToken.mac(String(text.split(separator: ".")[1]), secret))
        let zeros = [UInt8](repeating: 0, count: 32)
        return others + [
            TokenMutant(name: "signed by HS512", token: "\(text).\(ForgedToken.encoded(Array(long)))"),
            TokenMutant(name: "hashed in place of signed", token: "\(text).\(ForgedToken.encoded(Array(hash)))"),
            TokenMutant(name: "signed by zeros", token: "\(text).\(ForgedToken.encoded(zeros))"),
            TokenMutant(
                name: "signed over the body alone",
                token: "\(text).\(ForgedToken.encoded(bodyAlone))"),
        ]
    }
}
