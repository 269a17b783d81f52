import Contracts
import Foundation
import Testing

@testable import auth

struct SecretsTests {
    @Test func `bytes survive base 62 at their extremes`() {
        for bytes in [[UInt8](repeating: 0, count: 16), [UInt8](repeating: 255, count: 16), Array(0..<16)] {
            let text = Base62.encode(bytes)
            #expect(text.utf8.count == 22)
            #expect(Base62.decode(text.utf8, bytes: 16) == bytes)
        }
        #expect(Base62.width(ofBytes: 32) == 43)
        #expect(Base62.decode(String(repeating: "z", count: 22).utf8, bytes: 16) == nil)
        #expect(Base62.decode(String(repeating: "0", count: 21).utf8, bytes: 16) == nil)
        #expect(Base62.decode((String(repeating: "0", count: 21) + "-").utf8, bytes: 16) == nil)
    }

    @Test func `a key is read back with its id and nothing else is taken for one`() throws {
        let secret = APIKeySecret(for: APIKeyID(UUID()))
        #expect(secret.text.hasPrefix("sb_") && secret.text.utf8.count == 68)
        #expect(secret.prefix == String(secret.text.prefix(11)))
        let read = try #require(APIKeySecret(secret.text))
        #expect(read == secret && read.matches(secret.hash))
        #expect(APIKeySecret(secret.text + "0") == nil)
        #expect(APIKeySecret(String(secret.text.dropLast())) == nil)
        #expect(APIKeySecret("SB_" + secret.text.dropFirst(3)) == nil)
        #expect(APIKeySecret("") == nil)
        #expect(APIKeySecret(String(repeating: "\u{e9}", count: 34)) == nil)
    }

    @Test func `a key that differs in one character does not match`() throws {
        let secret = APIKeySecret(for: APIKeyID(UUID()))
        let last = secret.text.last == "0" ? "1" : "0"
        let other = try #require(APIKeySecret(secret.text.dropLast() + last))
        #expect(other.id == secret.id && !other.matches(secret.hash))
        #expect(!secret.matches([]))
    }

    @Test func `what is sealed opens with the same key for the same record only`() throws {
        let key = MasterKey("a master key of thirty-two bytes or more")
        let identity = Array("record".utf8)
        let sealed = try key.seal(Array("token".utf8), identity: identity)
        #expect(try key.open(sealed, identity: identity) == Array("token".utf8))
        #expect(try key.seal(Array("token".utf8), identity: identity) != sealed)
        #expect(sealed.firstRange(of: Array("token".utf8)) == nil)
        #expect(throws: (any Error).self) { try key.open(sealed, identity: Array("other".utf8)) }
        #expect(throws: (any Error).self) {
            try MasterKey("another master key of thirty-two bytes").open(sealed, identity: identity)
        }
        for index in sealed.indices {
            var changed = sealed
            changed[index] ^= 1
            #expect(throws: (any Error).self) { try key.open(changed, identity: identity) }
        }
        for length in 0..<sealed.count {
            #expect(throws: (any Error).self) { try key.open(Array(sealed.prefix(length)), identity: identity) }
        }
    }

    @Test func `an audit entry that was changed, moved or left out breaks the chain`() {
        let workspaceID = WorkspaceID(UUID())
        let entries = AuditEntry.Kind.allCases.map { kind in
            AuditEntry(
                workspaceID: workspaceID, at: Timestamp(microseconds: 1), kind: kind, actor: "anonymous", subject: "")
        }
        var chain = AuditChain()
        let hashes = entries.map { entry in
            chain.append(entry)
            return chain.hash
        }
        func holds(_ order: [Int]) -> Bool {
            var chain = AuditChain()
            for (place, index) in order.enumerated()
            where !chain.follows(entries[index], number: place + 1, hash: hashes[index]) { return false }
            return true
        }
        #expect(holds(Array(entries.indices)))
        #expect(!holds([1, 0] + entries.indices.dropFirst(2)))
        #expect(!holds(Array(entries.indices.dropFirst())))
        var forged = AuditChain()
        let other = AuditEntry(
            workspaceID: workspaceID, at: Timestamp(microseconds: 2), kind: .registered, actor: "anonymous", subject: ""
        )
        let follows = forged.follows(other, number: 1, hash: hashes[0])
        #expect(!follows)
    }
}
