import Foundation
import Postgres

/// Reads a process's health port, without a library, so that a probe costs nothing.
package enum HealthProbe {
    /// The status of a GET; nil when nobody answers within a second.
    package static func status(_ path: String, port: Int) async -> Int? {
        guard let text = await get(path, port: port) else { return nil }
        return text.split(separator: " ", maxSplits: 2).dropFirst().first.flatMap { Int($0) }
    }

    /// The whole answer to a GET, head and body; nil when nobody answers within a second.
    package static func get(_ path: String, port: Int) async -> String? {
        try? await TemporaryPostgres.onThread { () throws -> String? in read(path, port: port) }
    }

    private static func read(_ path: String, port: Int) -> String? {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var patience = timeval(tv_sec: 1, tv_usec: 0)
        let size = socklen_t(MemoryLayout<timeval>.size)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, size)
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &patience, size)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        let isConnected = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
        let request = Array("GET \(path) HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n".utf8)
        let sent = isConnected ? send(descriptor, request, request.count, Int32(truncatingIfNeeded: MSG_NOSIGNAL)) : -1
        guard sent == request.count else { return nil }
        var answer: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 16_384)
        while true {
            let count = recv(descriptor, &chunk, chunk.count, 0)
            guard count > 0 else { break }
            answer.append(contentsOf: chunk[..<count])
        }
        return answer.isEmpty ? nil : String(decoding: answer, as: UTF8.self)
    }
}

extension ChildProcess {
    /// Waits until the program answers HTTP requests, whatever its answers are.
    /// - Throws: `Failure` with its log when it ends, or does not answer in time.
    package func awaitServing(on port: Int, log: String, within patience: Duration) async throws {
        let deadline = ContinuousClock.now + patience
        while await HealthProbe.status("/", port: port) == nil {
            guard isRunning, ContinuousClock.now < deadline else {
                let text = (try? String(contentsOfFile: log, encoding: .utf8)) ?? ""
                throw Failure(description: "nothing is served on port \(port):\n\(text)")
            }
            try await Task.sleep(for: .milliseconds(20))
        }
    }
}
