import CCrypt
import Foundation

/// bcrypt by the system's libcrypt. It blocks for as long as the cost says: 190 ms at 12.
enum Bcrypt {
    struct Failure: Error {}

    /// What bcrypt can tell apart; it ignores the rest.
    static let mostBytes = 72

    /// - Parameters:
    ///   - bytes: without a NUL, at most `mostBytes`.
    ///   - cost: 4…16; each step doubles the work.
    static func hash(_ bytes: [UInt8], cost: Int) throws(Failure) -> String {
        var setting = [CChar](repeating: 0, count: Int(CRYPT_GENSALT_OUTPUT_SIZE))
        // Without bytes of ours the salt comes from the system's random source.
        guard crypt_gensalt_rn("$2b$", UInt(cost), nil, 0, &setting, Int32(setting.count)) != nil else {
            throw Failure()
        }
        return try run(bytes, setting)
    }

    /// Takes as long as making the hash did, whatever the bytes.
    static func matches(_ bytes: [UInt8], _ hash: String) -> Bool {
        guard let computed = try? run(bytes, Array(hash.utf8CString)) else { return false }
        let (left, right) = (Array(computed.utf8), Array(hash.utf8))
        guard left.count == right.count else { return false }
        return zip(left, right).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) } == 0
    }

    /// The cost of a hash in the form `$2b$12$…`; nil for another form.
    static func cost(of hash: String) -> Int? {
        let parts = hash.split(separator: "$")
        guard parts.count == 3, parts[0].hasPrefix("2"), parts[1].count == 2 else { return nil }
        return Int(parts[1])
    }

    /// A hash that no password has, to spend the same time on.
    static func dummy(cost: Int) -> String {
        "$2b$\(cost < 10 ? "0" : "")\(cost)$" + String(repeating: "A", count: 21) + "u"
            + String(repeating: ".", count: 31)
    }

    private static func run(_ bytes: [UInt8], _ setting: [CChar]) throws(Failure) -> String {
        // 32 KiB: on the heap. It holds the password's traces, hence wiped.
        let state = UnsafeMutablePointer<crypt_data>.allocate(capacity: 1)
        memset(state, 0, MemoryLayout<crypt_data>.size)
        var phrase = bytes.map { CChar(bitPattern: $0) } + [0]
        defer {
            explicit_bzero(state, MemoryLayout<crypt_data>.size)
            state.deallocate()
            phrase.withUnsafeMutableBytes { bytes in bytes.baseAddress.map { explicit_bzero($0, bytes.count) } }
        }
        guard let result = crypt_rn(phrase, setting, state, Int32(MemoryLayout<crypt_data>.size)) else {
            throw Failure()
        }
        return String(cString: result)
    }
}
