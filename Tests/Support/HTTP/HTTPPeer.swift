import Foundation

/// An HTTP server on a socket of its own whose test decides how it behaves with each request.
package final class HTTPPeer: @unchecked Sendable {
    package enum Behaviour: Sendable {
        case answer(status: Int, body: String)
        /// The same, so many milliseconds later.
        case slow(milliseconds: Int, status: Int, body: String)
        /// Reads the request and ends the connection without a word.
        case dies
        /// Sends the answer twice on the connection.
        case answersTwice(status: Int, body: String)
        /// These bytes, whatever they are.
        case raw(String)
        /// Does one thing after the other, then ends the connection.
        case script([Step])
    }

    package enum Step: Sendable {
        /// These bytes as they are: heads, chunks, nonsense.
        case send(String)
        case pause(milliseconds: Int)
        /// The same again and again, until the other side has gone.
        case sendForEver(String)
        /// Ends the connection so that the other side loses what it has not read.
        case reset
    }

    package struct Received: Sendable {
        package let head: String
        package let body: String
    }

    package let port: Int
    private let listener: Int32
    private let behaviour: @Sendable (Received) -> Behaviour
    private let lock = NSLock()
    private var requests: [Received] = []
    private var accepted = 0

    /// - Parameter port: 0 takes a free one.
    package init(port: Int = 0, _ behaviour: @escaping @Sendable (Received) -> Behaviour) throws {
        self.port = port == 0 ? try TestPorts.free() : port
        self.behaviour = behaviour
        listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var reuse: Int32 = 1
        setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &reuse, socklen_t(MemoryLayout<Int32>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(self.port).bigEndian
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        let isBound = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(listener, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
        guard isBound, listen(listener, 512) == 0 else {
            throw ChildProcess.Failure(description: "port \(self.port) cannot be listened on")
        }
        Thread.detachNewThread { [weak self, listener] in
            while true {
                let connection = accept(listener, nil, nil)
                guard connection >= 0 else { return }
                guard let self else {
                    Foundation.close(connection)
                    return
                }
                Thread.detachNewThread { self.serve(connection) }
            }
        }
    }

    /// Requests that were read to their end, in their order.
    package var received: [Received] { lock.withLock { requests } }

    /// Connections that were made, with a request or without.
    package var connections: Int { lock.withLock { accepted } }

    package func stop() {
        shutdown(listener, Int32(SHUT_RDWR))
        close(listener)
    }

    private func serve(_ connection: Int32) {
        defer { close(connection) }
        lock.withLock { accepted += 1 }
        guard let request = read(connection) else { return }
        lock.withLock { requests.append(request) }
        switch behaviour(request) {
        case .answer(let status, let body): send(status, body, connection, ending: "Connection: close\r\n")
        case .slow(let milliseconds, let status, let body):
            usleep(UInt32(milliseconds) * 1000)
            send(status, body, connection, ending: "Connection: close\r\n")
        case .dies: return
        case .raw(let text):
            let bytes = Array(text.utf8)
            _ = Foundation.send(connection, bytes, bytes.count, Int32(MSG_NOSIGNAL))
        case .answersTwice(let status, let body):
            send(status, body, connection)
            send(status, body, connection)
        case .script(let steps):
            for step in steps { play(step, connection) }
        }
        shutdown(connection, Int32(SHUT_WR))
    }

    private func play(_ step: Step, _ connection: Int32) {
        switch step {
        case .send(let text): _ = sendAll(Array(text.utf8), connection)
        case .pause(let milliseconds): usleep(UInt32(milliseconds) * 1000)
        case .sendForEver(let text):
            let bytes = Array(text.utf8)
            while sendAll(bytes, connection) {}
        case .reset:
            var ending = linger(l_onoff: 1, l_linger: 0)
            setsockopt(connection, SOL_SOCKET, SO_LINGER, &ending, socklen_t(MemoryLayout<linger>.size))
        }
    }

    private func sendAll(_ bytes: [UInt8], _ connection: Int32) -> Bool {
        var sent = 0
        while sent < bytes.count {
            let count = bytes[sent...].withUnsafeBytes {
                Foundation.send(connection, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { return false }
            sent += count
        }
        return true
    }

    /// - Parameter ending: a header that says that nothing more comes on the connection.
    private func send(_ status: Int, _ body: String, _ connection: Int32, ending: String = "") {
        let text =
            "HTTP/1.1 \(status) Said\r\nContent-Type: application/json\r\n\(ending)"
            + "Content-Length: \(body.utf8.count)\r\n\r\n" + body
        let bytes = Array(text.utf8)
        _ = Foundation.send(connection, bytes, bytes.count, Int32(MSG_NOSIGNAL))
    }

    /// Nil when the connection ends before the request does.
    private func read(_ connection: Int32) -> Received? {
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while true {
            if let end = bytes.firstRange(of: Array("\r\n\r\n".utf8)) {
                let head = String(decoding: bytes[..<end.lowerBound], as: UTF8.self)
                let body = bytes[end.upperBound...]
                let length = head.lowercased().firstMatch(of: /content-length: *([0-9]+)/).flatMap { Int($0.1) } ?? 0
                if body.count >= length { return Received(head: head, body: String(decoding: body, as: UTF8.self)) }
            }
            let count = recv(connection, &chunk, chunk.count, 0)
            guard count > 0 else { return nil }
            bytes += chunk[..<count]
        }
    }
}
