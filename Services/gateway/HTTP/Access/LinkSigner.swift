import Bus
import Contracts
import Crypto
import Foundation

/// Signs addresses that open one route for whoever has them, until they expire.
///
/// A signature holds the workspace that the address reads in: 64 of base64url, for 16 bytes of id and 32 of HMAC-SHA256.
package struct LinkSigner: Sendable {
    private let key: SymmetricKey

    /// - Parameter secret: of access tokens; the key of links is derived from it and opens nothing else.
    package init(secret: String) {
        key = HKDF<SHA256>.deriveKey(
            inputKeyMaterial: SymmetricKey(data: Array(secret.utf8)), info: Array("switchboard signed links v1".utf8),
            outputByteCount: 32)
    }

    /// With a key that nobody else has, for a gateway of its own.
    package static let unshared = LinkSigner(key: SymmetricKey(size: .bits256))

    private init(key: SymmetricKey) {
        self.key = key
    }

    /// - Parameters:
    ///   - path: below the dialect's prefix, the same under each.
    ///   - expiresAt: in seconds since 1970.
    func signature(path: String, workspaceID: WorkspaceID, expiresAt: Int) -> String {
        let workspace = Self.bytes(workspaceID)
        let code = HMAC<SHA256>.authenticationCode(for: Self.message(path, workspace, expiresAt), using: key)
        return Data(workspace + Array(code)).base64EncodedString()
            .replacingOccurrences(of: "+", with: "-").replacingOccurrences(of: "/", with: "_")
    }

    /// - Parameters:
    ///   - expires: as the address says it.
    ///   - now: in seconds since 1970.
    /// - Throws: `.tokenInvalid`; `.tokenExpired` for an address that was good once.
    func workspace(of signature: String, path: String, expires: String?, now: Int) throws -> WorkspaceID {
        let base64 = signature.replacingOccurrences(of: "-", with: "+").replacingOccurrences(of: "_", with: "/")
        guard let expiresAt = expires.flatMap({ Int($0) }), signature.utf8.count == 64,
            let bytes = Data(base64Encoded: base64), bytes.count == 48
        else { throw Fault(.tokenInvalid) }
        let workspace = Array(bytes.prefix(16))
        guard
            HMAC<SHA256>.isValidAuthenticationCode(
                Array(bytes.dropFirst(16)), authenticating: Self.message(path, workspace, expiresAt), using: key)
        else { throw Fault(.tokenInvalid) }
        guard now < expiresAt else { throw Fault(.tokenExpired) }
        return WorkspaceID(workspace.withUnsafeBytes { UUID(uuid: $0.loadUnaligned(as: uuid_t.self)) })
    }

    private static func bytes(_ workspaceID: WorkspaceID) -> [UInt8] {
        withUnsafeBytes(of: workspaceID.uuid.uuid) { Array($0) }
    }

    private static func message(_ path: String, _ workspace: [UInt8], _ expiresAt: Int) -> [UInt8] {
        workspace + Array("\(expiresAt)\n\(path)".utf8)
    }
}

extension RouteInput {
    /// An absolute address that reads in the caller's workspace without a credential, for a while.
    /// - Parameters:
    ///   - path: below the dialect's prefix, of a route with `Access.scopesOrLink`.
    ///   - other: the prefix of the dialect that has the route; nil for this one's.
    package func signedLink(to path: String, under other: String? = nil, seconds: Int = 900) throws -> String {
        let expiresAt = Int(Timestamp.now().microseconds / 1_000_000) + seconds
        let signature = links.signature(path: path, workspaceID: try caller.requireWorkspace(), expiresAt: expiresAt)
        return "\(site)\(other ?? prefix)/\(path)?expires=\(expiresAt)&signature=\(signature)"
    }
}
