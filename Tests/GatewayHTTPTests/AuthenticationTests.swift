import Bus
import Contracts
import Foundation
import GatewayHTTP
import Hummingbird
import JWTKit
import Testing

@Suite struct AuthenticationTests {
    static let route = Route.echo(.get, "x", needs: .readCalls)

    @Test func `a good token is its person in its workspace`() async throws {
        let harness = await Harness([Self.route])
        let person = PersonID(UUID())
        let workspace = WorkspaceID(UUID())
        let token = try await Harness.token(Harness.claims(person: person, workspace: workspace))
        for scheme in ["Bearer", "bearer", "BEARER"] {
            let answer = try await harness.send(.get, "/t/x", headers: ["Authorization": "\(scheme) \(token)"])
            #expect(answer.json["who"] == .text("person:\(person)"))
            #expect(answer.json["workspace"] == .text("\(workspace)"))
        }
    }

    @Test func `no credential and a bad one have their own texts`() async throws {
        let harness = await Harness([Self.route])
        let missing = try await harness.send(.get, "/t/x")
        #expect(missing.status == 401 && missing.text == #"{"oops":"Missing authorization header"}"#)
        #expect(missing.header("WWW-Authenticate") == "Bearer")
        for value in ["Bearer x", "Bearer ", "Basic dTpw", "Bearer a.b.c", "x", "", "Bearer a b"] {
            let bad = try await harness.send(.get, "/t/x", headers: ["Authorization": value])
            #expect(bad.status == 401 && bad.text == #"{"oops":"Invalid or expired token"}"#, "\(value)")
        }
    }

    @Test func `no mutant of a token is let in`() async throws {
        let harness = await Harness([Self.route])
        for (name, token) in try await TokenMutants.all() {
            for _ in 0..<2 {
                let answer = try await harness.send(.get, "/t/x", headers: ["Authorization": "Bearer \(token)"])
                #expect(answer.status == 401, "\(name)")
            }
        }
    }

    @Test func `a token that was good is refused when it expires`() async throws {
        let harness = await Harness([Self.route])
        var claims = Harness.claims()
        claims.exp = Int(Date().timeIntervalSince1970) + 1
        let headers = ["Authorization": "Bearer \(try await Harness.token(claims))"]
        #expect(try await harness.send(.get, "/t/x", headers: headers).status == 200)
        try await Task.sleep(for: .seconds(1.2))
        #expect(try await harness.send(.get, "/t/x", headers: headers).status == 401)
    }

    @Test func `a scope that is missing is 403, and admin has all`() async throws {
        let harness = await Harness([Self.route])
        let small = try await Harness.token(Harness.claims(scopes: [.readAgents, .writeCalls]))
        let refused = try await harness.send(.get, "/t/x", headers: ["Authorization": "Bearer \(small)"])
        #expect(refused.status == 403 && refused.text == #"{"oops":"Permission denied"}"#)
        let admin = try await Harness.token(Harness.claims(scopes: .admin))
        #expect(try await harness.send(.get, "/t/x", headers: ["Authorization": "Bearer \(admin)"]).status == 200)
        var unknown = Harness.claims(scopes: .readCalls)
        unknown.permissions.append("fly:planes")
        let newer = try await Harness.token(unknown)
        #expect(try await harness.send(.get, "/t/x", headers: ["Authorization": "Bearer \(newer)"]).status == 200)
    }

    @Test func `revoked sessions, generations and keys are refused at once`() async throws {
        let harness = await Harness([Self.route])
        let claims = Harness.claims(generation: 3)
        let headers = ["Authorization": "Bearer \(try await Harness.token(claims))"]
        #expect(try await harness.send(.get, "/t/x", headers: headers).status == 200)
        let later = Timestamp.now().adding(seconds: 60)
        harness.revocations.replace(with: [
            AccessRevoked(personID: PersonID(claims.sub), generation: 3, forgetAfter: later)
        ])
        #expect(try await harness.send(.get, "/t/x", headers: headers).status == 200)
        harness.revocations.replace(with: [
            AccessRevoked(personID: PersonID(claims.sub), generation: 4, forgetAfter: later)
        ])
        #expect(try await harness.send(.get, "/t/x", headers: headers).status == 401)
        harness.revocations.replace(with: [AccessRevoked(sessionID: SessionID(claims.sid), forgetAfter: later)])
        #expect(try await harness.send(.get, "/t/x", headers: headers).status == 401)
        harness.revocations.replace(with: [])
        #expect(try await harness.send(.get, "/t/x", headers: headers).status == 200)
    }

    @Test func `nobody's credential is taken while the list of revoked ones is old`() async throws {
        let harness = await Harness([Self.route, .echo(.get, "open")], revocations: RevocationList(staleAfterMS: 100))
        let headers = ["Authorization": "Bearer \(try await Harness.token())"]
        try await Task.sleep(for: .milliseconds(150))
        let refused = try await harness.send(.get, "/t/x", headers: headers)
        #expect(refused.status == 503 && refused.header("Retry-After") == "1")
        #expect(try await harness.send(.get, "/t/open").status == 200)
        harness.revocations.noteFollowed()
        #expect(try await harness.send(.get, "/t/x", headers: headers).status == 200)
    }
}

/// Tokens that must not be accepted.
enum TokenMutants {
    static func all() async throws -> [(String, String)] {
        let good = try await Harness.token()
        let parts = good.split(separator: ".").map(String.init)
        var mutants: [(String, String)] = [
            ("no signature", "\(parts[0]).\(parts[1])."), ("two parts", "\(parts[0]).\(parts[1])"),
            ("four parts", good + ".x"), ("other payload", "\(parts[0]).\(parts[0]).\(parts[2])"),
            ("a megabyte", good + String(repeating: "A", count: 1_000_000)),
            ("other key", try await Harness.token(secret: "another secret of at least thirty-two bytes")),
            ("doubled", good + good), ("quoted", "\"\(good)\""),
        ]
        for header in [
            #"{"alg":"none"}"#, #"{"alg":"None","typ":"JWT"}"#, #"{"alg":"HS384","typ":"JWT"}"#,
            #"{"alg":"RS256","typ":"JWT"}"#,
            #"{"alg":"hs256","typ":"JWT"}"#, #"{"typ":"JWT"}"#, #"{"alg":"HS256","typ":"JWT","crit":["exp"]}"#,
            #"{"alg":["HS256"]}"#, "x", "", "[]",
        ] {
            let encoded = base64URL(Data(header.utf8))
            mutants.append((header, "\(encoded).\(parts[1]).\(parts[2])"))
            mutants.append((header + " unsigned", "\(encoded).\(parts[1])."))
            let signed = try await sign(header: encoded, payload: parts[1])
            mutants.append((header + " signed", "\(encoded).\(parts[1]).\(signed)"))
        }
        for index in stride(from: 0, to: parts[2].count - 1, by: 5) {
            var signature = Array(parts[2])
            signature[index] = signature[index] == "A" ? "B" : "A"
            mutants.append(("signature \(index)", "\(parts[0]).\(parts[1]).\(String(signature))"))
        }
        return mutants + (try await wrongClaims())
    }

    private static func wrongClaims() async throws -> [(String, String)] {
        let now = Int(Date().timeIntervalSince1970)
        let changes: [(String, (inout AccessClaims) -> Void)] = [
            ("expired", { $0.exp = now - 1 }), ("expires now", { $0.exp = now }), ("negative end", { $0.exp = -1 }),
            ("other audience", { $0.aud = "refresh" }), ("no audience", { $0.aud = "" }),
            ("from the future", { $0.iat = now + 3600 }),
            ("no person", { $0.sub = "" }), ("person is no id", { $0.sub = "1" }),
            ("two persons", { $0.userID = UUID().uuidString.lowercased() }),
            ("no workspace", { $0.workspaceID = "" }), ("no session", { $0.sid = "x" }),
            ("negative generation", { $0.gen = -1 }),
        ]
        var tokens: [(String, String)] = []
        for (name, change) in changes {
            var claims = Harness.claims()
            change(&claims)
            tokens.append((name, try await Harness.token(claims)))
        }
        return tokens
    }

    private static func sign(header: String, payload: String) async throws -> String {
        let keys = await JWTKeyCollection().add(hmac: HMACKey(from: Harness.secret), digestAlgorithm: .sha256)
        return base64URL(Data(try await keys.getKey().sign(Array("\(header).\(payload)".utf8))))
    }

    private static func base64URL(_ data: Data) -> String {
        data.base64EncodedString().replacingOccurrences(of: "+", with: "-").replacingOccurrences(of: "/", with: "_")
            .replacingOccurrences(of: "=", with: "")
    }
}
