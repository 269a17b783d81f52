import Foundation
import NIOPosix

/// A blocking connection to a port of this machine, used on NIO's thread pool.
enum RawHTTP {
    /// What came back; the status is `none` when nothing did.
    struct Answer: Equatable {
        let status: String
        let body: String

        init(_ status: String, _ body: String) {
            self.status = status
            self.body = body
        }
    }

    /// Sends the bytes and gives all that comes until the server closes or nothing comes for five seconds.
    static func exchange(_ request: String, port: Int) async throws -> String {
        try await NIOThreadPool.singleton.runIfActive { blockingExchange(request, port: port) }
    }

    /// A GET on a connection that ends behind the answer.
    static func get(_ path: String, port: Int) async throws -> Answer {
        let answer = try await exchange("GET \(path) HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", port: port)
        let parts = answer.split(separator: "\r\n\r\n", maxSplits: 1, omittingEmptySubsequences: false)
        let status = answer.split(separator: " ").dropFirst().first.map(String.init) ?? "none"
        return Answer(status, parts.count == 2 ? String(parts[1]) : "")
    }

    static func connected(port: Int) -> Int32 {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var wait = timeval(tv_sec: 5, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &wait, socklen_t(MemoryLayout<timeval>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let status = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        precondition(status == 0, "nobody listens on port \(port)")
        return descriptor
    }

    private static func blockingExchange(_ request: String, port: Int) -> String {
        let descriptor = connected(port: port)
        defer { close(descriptor) }
        _ = Array(request.utf8).withUnsafeBytes { send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
        return readAll(descriptor)
    }

    static func readAll(_ descriptor: Int32) -> String {
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 16384)
        while true {
            let count = read(descriptor, &chunk, chunk.count)
            guard count > 0 else { return String(decoding: bytes, as: UTF8.self) }
            bytes.append(contentsOf: chunk[..<count])
        }
    }
}
