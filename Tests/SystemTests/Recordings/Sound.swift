import Crypto
import Foundation
import TestSupport

/// Recordings as their formats begin; what follows is noise.
enum Sound {
    /// 8 kHz, mono, 16 bits: 16 000 bytes a second.
    static func wav(seconds: Int) -> [UInt8] {
        let size = seconds * 16_000
        func four(_ number: Int) -> [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) } }
        return Array("RIFF".utf8) + four(36 + size) + Array("WAVEfmt ".utf8) + four(16) + [1, 0, 1, 0] + four(8000)
            + four(16_000) + [2, 0, 16, 0] + Array("data".utf8) + four(size) + noise(size)
    }

    static func mp3(bytes: Int) -> [UInt8] { [0xFF, 0xFB, 0x90, 0x64] + noise(bytes - 4) }

    static func ogg(bytes: Int) -> [UInt8] { Array("OggS".utf8) + noise(bytes - 4) }

    static func noise(_ count: Int) -> [UInt8] {
        var state = UInt32(truncatingIfNeeded: count &+ 1)
        return (0..<count).map { _ in
            state = state &* 1_664_525 &+ 1_013_904_223
            return UInt8(truncatingIfNeeded: state >> 24)
        }
    }

    static func sha256(_ bytes: [UInt8]) -> String {
        SHA256.hash(data: bytes).map { String(format: "%02x", $0) }.joined()
    }
}

extension APIClient {
    /// A new call to record.
    func newCall(_ fields: [String: JSON] = [:]) async throws -> String {
        let client = try await createClient(phone: Phones.next())
        return try await logCall(clientID: client, fields)
    }

    func upload(_ bytes: [UInt8], of callID: String, headers: [String: String] = [:], prefix: String = "") async throws
        -> APIAnswer
    {
        try await send("PUT", "\(prefix)/call-recordings/\(callID)", headers: headers, body: bytes)
    }

    /// An absolute address as a path of this gateway.
    func path(of url: String?) throws -> String {
        guard let url, url.hasPrefix(baseURL) else { throw APIFailure("\(url ?? "nothing") is not under \(baseURL)") }
        return String(url.dropFirst(baseURL.count))
    }
}
