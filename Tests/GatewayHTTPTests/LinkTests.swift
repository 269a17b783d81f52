import Bus
import Contracts
import Foundation
import Testing

@testable import GatewayHTTP

struct LinkTests {
    private let signer = LinkSigner(secret: "a secret of at least thirty-two bytes, for tests")
    private let workspace = WorkspaceID(UUID())
    private let path = "call-recordings/x/download"

    @Test func `a signature says its workspace until it expires`() throws {
        let signature = signer.signature(path: path, workspaceID: workspace, expiresAt: 1000)
        #expect(signature.wholeMatch(of: /[A-Za-z0-9_-]{64}/) != nil)
        #expect(try signer.workspace(of: signature, path: path, expires: "1000", now: 999) == workspace)
        #expect(throws: Fault(.tokenExpired)) {
            try signer.workspace(of: signature, path: path, expires: "1000", now: 1000)
        }
    }

    @Test func `nothing of a signed address can be changed`() {
        let signature = signer.signature(path: path, workspaceID: workspace, expiresAt: 1000)
        let other = LinkSigner(secret: "another secret of at least thirty-two bytes")
        let foreign = signer.signature(path: path, workspaceID: WorkspaceID(UUID()), expiresAt: 1000)
        func isRefused(_ signer: LinkSigner, _ signature: String, _ path: String, _ expires: String?) -> Bool {
            do {
                _ = try signer.workspace(of: signature, path: path, expires: expires, now: 1)
                return false
            } catch {
                return error as? Fault == Fault(.tokenInvalid)
            }
        }
        #expect(isRefused(other, signature, path, "1000"))
        #expect(isRefused(signer, signature, "call-recordings/y/download", "1000"))
        for expires in [nil, "", "1001", "x", "99999999999999999999"] {
            #expect(isRefused(signer, signature, path, expires))
        }
        // The workspace of one, the code of the other.
        #expect(isRefused(signer, String(foreign.prefix(20) + signature.dropFirst(20)), path, "1000"))
        for index in signature.indices {
            let letter = signature[index] == "A" ? "B" : "A"
            #expect(isRefused(signer, signature.replacingCharacters(in: index...index, with: letter), path, "1000"))
        }
        for text in ["", "A", String(signature.dropLast()), signature + "A", String(repeating: "é", count: 32)] {
            #expect(isRefused(signer, text, path, "1000"))
        }
    }
}
