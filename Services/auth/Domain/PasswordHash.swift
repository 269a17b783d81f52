import Crypto
import Foundation

/// A password as it is stored.
struct PasswordHash: Sendable, Equatable {
    /// What was given to bcrypt.
    enum Scheme: String, Sendable {
        /// The password itself.
        case bcrypt
        /// The password's SHA-256 in base 64, since bcrypt stops at 72 bytes and at a NUL.
        case bcryptSHA256 = "bcrypt-sha256"

        /// The one that loses nothing of this password.
        static func fitting(_ password: String) -> Scheme {
            let bytes = password.utf8
            return bytes.count > Bcrypt.mostBytes || bytes.contains(0) ? .bcryptSHA256 : .bcrypt
        }

        /// The bytes for bcrypt; nil when the scheme would lose some of this password.
        func bytes(of password: String) -> [UInt8]? {
            switch self {
            case .bcrypt: Self.fitting(password) == .bcrypt ? Array(password.utf8) : nil
            case .bcryptSHA256:
                Array(Data(SHA256.hash(data: Array(password.utf8))).base64EncodedString().utf8)
            }
        }
    }

    var text: String
    var scheme: Scheme

    /// Binary logarithm of the work; nil for a hash of unknown form.
    var cost: Int? { Bcrypt.cost(of: text) }
}

/// What a check of a password says.
enum PasswordVerdict: Sendable, Equatable {
    case wrong
    /// `isOutdated`: new hashes cost more work than this one did.
    case right(isOutdated: Bool)
}

/// Hashes and checks passwords. Both take long and may be refused under load.
protocol PasswordHashing: Sendable {
    /// - Throws: `.overloaded` when too many wait.
    func hash(_ password: String) async throws -> PasswordHash

    /// Takes as long for no hash, and for an outdated one, as for a right or wrong password.
    /// - Throws: `.overloaded` when too many wait.
    func check(_ password: String, against hash: PasswordHash?) async throws -> PasswordVerdict
}
