import Crypto
import Foundation
import Hummingbird
import NIOCore

/// A request that opens a WebSocket, read strictly: anything unusual is left to HTTP, which refuses it in its own words.
struct LiveHandshake: Sendable {
    let path: String
    let query: Query
    let headers: HTTPFields
    private let key: String

    /// - Parameter head: from the first byte to the empty line, which is part of it.
    init?(_ head: ByteBuffer) {
        guard let text = String(validating: head.readableBytesView, as: UTF8.self) else { return nil }
        var lines = text.components(separatedBy: "\r\n")[...]
        guard lines.count > 2, lines.removeLast().isEmpty, lines.removeLast().isEmpty else { return nil }
        let request = lines.removeFirst().split(separator: " ", omittingEmptySubsequences: false)
        guard request.count == 3, request[0] == "GET", request[2] == "HTTP/1.1" else { return nil }
        var headers = HTTPFields()
        for line in lines {
            guard let colon = line.firstIndex(of: ":"), let name = HeaderName(String(line[..<colon])) else {
                return nil
            }
            headers.append(.init(name: name, value: line[line.index(after: colon)...].trimmingCharacters(in: .blank)))
        }
        guard Self.opensWebSocket(headers), let key = headers[.webSocketKey],
            Data(base64Encoded: key)?.count == 16
        else { return nil }
        let target = request[1]
        let end = target.firstIndex(of: "?") ?? target.endIndex
        path = String(target[..<end])
        query = Query(end < target.endIndex ? target[end...].dropFirst() : nil)
        self.headers = headers
        self.key = key
    }

    private static func opensWebSocket(_ headers: HTTPFields) -> Bool {
        func names(_ name: HeaderName, _ token: String) -> Bool {
            headers[values: name].contains { value in
                value.split(separator: ",").contains { $0.trimmingCharacters(in: .blank).lowercased() == token }
            }
        }
        return names(.upgrade, "websocket") && names(.connection, "upgrade")
            && headers[values: .webSocketVersion] == ["13"] && headers[values: .webSocketKey].count == 1
            && headers[values: .hostName].count == 1 && headers[.transferEncoding] == nil
            && (headers[.contentLength] ?? "0") == "0"
    }

    /// The answer that begins the WebSocket.
    func answer(_ standing: RateLimiter.Standing) -> ByteBuffer {
        let accepted = Insecure.SHA1.hash(data: Data((key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").utf8))
        let lines = [
            "HTTP/1.1 101 Switching Protocols", "Upgrade: websocket", "Connection: Upgrade",
            "Sec-WebSocket-Accept: \(Data(accepted).base64EncodedString())",
            "X-Request-Id: \(RequestIdentity(headers).requestID)", "X-RateLimit-Limit: \(standing.limit)",
            "X-RateLimit-Remaining: \(standing.remaining)", "X-RateLimit-Reset: \(standing.reset)", "", "",
        ]
        return ByteBuffer(string: lines.joined(separator: "\r\n"))
    }
}

extension HeaderName {
    static let webSocketKey = HeaderName("Sec-WebSocket-Key")!
    static let webSocketVersion = HeaderName("Sec-WebSocket-Version")!
    static let hostName = HeaderName("Host")!
}

extension CharacterSet {
    fileprivate static let blank = CharacterSet(charactersIn: " \t")
}
