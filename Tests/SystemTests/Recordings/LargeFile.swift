import AsyncHTTPClient
import Crypto
import Foundation
import NIOCore
import TestSupport

/// A recording of any size that is made while it is sent, and counted while it comes.
struct LargeSound: Sendable {
    static let partBytes = 65_536

    /// A whole number of parts.
    let parts: Int
    /// Between two parts.
    var pause: Duration = .zero

    var size: Int { parts * Self.partBytes }

    private static let first = ByteBuffer(bytes: Sound.ogg(bytes: partBytes))
    private static let further = ByteBuffer(bytes: Sound.noise(partBytes))

    var sha256: String {
        var digest = SHA256()
        for place in 0..<parts {
            (place == 0 ? Self.first : Self.further).withUnsafeReadableBytes { digest.update(bufferPointer: $0) }
        }
        return digest.finalize().map { String(format: "%02x", $0) }.joined()
    }

    /// - Returns: the status and the body.
    func upload(of callID: String, _ api: APIClient) async throws -> (status: Int, json: JSON) {
        var request = HTTPClientRequest(url: "\(api.baseURL)/call-recordings/\(callID)")
        request.method = .PUT
        request.headers.add(name: "Authorization", value: "Bearer \(try api.token)")
        let (parts, pause) = (parts, pause)
        let stream = AsyncStream<ByteBuffer>(unfolding: Counter(parts: parts, pause: pause).next)
        request.body = .stream(stream, length: .known(Int64(size)))
        let response = try await HTTPClient.shared.execute(request, timeout: .minutes(5))
        let body = try await response.body.collect(upTo: 1 << 20)
        return (Int(response.status.code), (try? JSON(bytes: Array(body.readableBytesView))) ?? .null)
    }

    /// - Returns: how many bytes came, and their digest.
    static func download(of callID: String, _ api: APIClient) async throws -> (size: Int, sha256: String) {
        var request = HTTPClientRequest(url: "\(api.baseURL)/call-recordings/\(callID)/download")
        request.headers.add(name: "Authorization", value: "Bearer \(try api.token)")
        let response = try await HTTPClient.shared.execute(request, timeout: .minutes(5))
        guard response.status == .ok else { throw APIFailure("download: \(response.status)") }
        var (size, digest) = (0, SHA256())
        for try await part in response.body {
            size += part.readableBytes
            part.withUnsafeReadableBytes { digest.update(bufferPointer: $0) }
        }
        return (size, digest.finalize().map { String(format: "%02x", $0) }.joined())
    }

    private actor Counter {
        private var left: Int
        private let parts: Int
        private let pause: Duration

        init(parts: Int, pause: Duration) {
            (left, self.parts, self.pause) = (parts, parts, pause)
        }

        @Sendable func next() async -> ByteBuffer? {
            guard left > 0 else { return nil }
            if pause > .zero { try? await Task.sleep(for: pause) }
            left -= 1
            return left == parts - 1 ? LargeSound.first : LargeSound.further
        }
    }
}

/// The most memory that a process was seen to have, looked at every 10 ms.
actor MemoryWatch {
    private let pid: pid_t
    private(set) var peakKiB = 0

    init(pid: pid_t) {
        self.pid = pid
    }

    /// - Returns: by how much `body` raised the memory at most, in KiB.
    static func rise(of pid: pid_t, _ body: () async throws -> Void) async throws -> Int {
        let before = ProcessTable.residentKiB(of: pid) ?? 0
        let watch = MemoryWatch(pid: pid)
        let looking = Task { await watch.look() }
        defer { looking.cancel() }
        try await body()
        return await watch.peakKiB - before
    }

    private func look() async {
        while !Task.isCancelled {
            peakKiB = max(peakKiB, ProcessTable.residentKiB(of: pid) ?? 0)
            try? await Task.sleep(for: .milliseconds(10))
        }
    }
}
