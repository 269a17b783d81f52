import Foundation
import Postgres
import TestSupport

/// One answer as it came over a connection.
struct RawAnswer: Sendable {
    let status: Int
    let head: String
    let body: [UInt8]

    func header(_ name: String) -> String? {
        head.components(separatedBy: "\r\n").dropFirst().first { $0.lowercased().hasPrefix(name.lowercased() + ":") }?
            .drop { $0 != ":" }.dropFirst().trimmingCharacters(in: .whitespaces)
    }

    var json: JSON { (try? JSON(bytes: body)) ?? .null }
}

/// What came over a connection until it was closed or nothing more came.
struct RawReplies: Sendable {
    let answers: [RawAnswer]
    /// True when the server ended the connection.
    let isClosed: Bool
    let seconds: Double
    /// All of it.
    let text: String
}

/// Speaks HTTP byte by byte, for what no well-behaved client would send.
enum RawConnection {
    struct Piece: Sendable {
        let bytes: [UInt8]
        /// Seconds before it is sent.
        var pause = 0.0

        init(_ text: String, after pause: Double = 0) {
            (bytes, self.pause) = (Array(text.utf8), pause)
        }

        init(_ bytes: [UInt8], after pause: Double = 0) {
            (self.bytes, self.pause) = (bytes, pause)
        }
    }

    /// - Parameters:
    ///   - count: returns as soon as so many answers are here.
    ///   - patience: seconds without a byte after which it returns.
    static func exchange(
        port: Int, _ pieces: [Piece], answers count: Int = 1, patience: Double = 5, closesSending: Bool = false
    ) async throws -> RawReplies {
        try await TemporaryPostgres.onThread {
            let descriptor = try open(port: port, patience: patience)
            defer { close(descriptor) }
            let start = Date()
            for piece in pieces {
                if piece.pause > 0 { Thread.sleep(forTimeInterval: piece.pause) }
                guard write(piece.bytes, to: descriptor) else { break }
            }
            if closesSending { shutdown(descriptor, Int32(SHUT_WR)) }
            return read(descriptor, answers: count, since: start)
        }
    }

    private static func open(port: Int, patience: Double) throws -> Int32 {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var limit = timeval(tv_sec: Int(patience), tv_usec: Int(patience.truncatingRemainder(dividingBy: 1) * 1e6))
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        let isConnected = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
        guard isConnected else {
            close(descriptor)
            throw APIFailure("port \(port) cannot be reached")
        }
        return descriptor
    }

    private static func write(_ bytes: [UInt8], to descriptor: Int32) -> Bool {
        var rest = bytes[...]
        while !rest.isEmpty {
            let sent = rest.withUnsafeBytes {
                send(descriptor, $0.baseAddress, $0.count, Int32(truncatingIfNeeded: MSG_NOSIGNAL))
            }
            guard sent > 0 else { return false }
            rest = rest.dropFirst(sent)
        }
        return true
    }

    private static func read(_ descriptor: Int32, answers count: Int, since start: Date) -> RawReplies {
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        var isClosed = false
        while parse(bytes).count < count {
            let received = recv(descriptor, &chunk, chunk.count, 0)
            if received <= 0 {
                isClosed = received == 0 || errno == ECONNRESET
                break
            }
            bytes += chunk[..<received]
        }
        return RawReplies(
            answers: parse(bytes), isClosed: isClosed, seconds: Date().timeIntervalSince(start),
            text: String(decoding: bytes, as: UTF8.self))
    }

    /// The whole answers in the bytes; 1xx are not counted.
    private static func parse(_ bytes: [UInt8]) -> [RawAnswer] {
        var answers: [RawAnswer] = []
        var rest = Data(bytes)
        while let end = rest.range(of: Data("\r\n\r\n".utf8)) {
            let head = String(decoding: rest[rest.startIndex..<end.lowerBound], as: UTF8.self)
            let status = Int(head.split(separator: " ").dropFirst().first ?? "") ?? 0
            let after = rest[end.upperBound...]
            let answer = RawAnswer(status: status, head: head, body: [])
            let length = answer.header("Content-Length").flatMap { Int($0) } ?? 0
            if status >= 200 {
                guard after.count >= length else { break }
                answers.append(RawAnswer(status: status, head: head, body: Array(after.prefix(length))))
                rest = Data(after.dropFirst(length))
            } else {
                rest = Data(after)
            }
        }
        return answers
    }
}

extension Stack {
    var port: Int { Int(baseURL.split(separator: ":").last ?? "") ?? 0 }
}
