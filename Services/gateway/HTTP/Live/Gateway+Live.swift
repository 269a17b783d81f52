import Bus
import Contracts
import Hummingbird
import NIOCore

extension Gateway {
    /// Whether a live connection is opened, and what the limits say of it. Whoever is not let in here is answered over HTTP.
    func admit(_ handshake: LiveHandshake, on connection: Connection) -> RateLimiter.Standing? {
        guard let live = parts.live, live.paths.contains(handshake.path) else { return nil }
        if let origin = handshake.headers[.origin], !parts.crossOrigin.isAllowed(origin) { return nil }
        guard live.takePlace() else { return nil }
        let offersCredential =
            handshake.headers.hasCredential || handshake.query["ticket"] != nil || handshake.query["token"] != nil
        // One that offers a credential is counted by it.
        guard !offersCredential else { return .unlimited }
        let standing = rates.admit(.address(client(of: handshake, on: connection).counted))
        guard standing.retryAfterMS == nil else {
            live.givePlaceBack()
            return nil
        }
        return standing
    }

    func client(of handshake: LiveHandshake, on connection: Connection) -> NetworkAddress {
        parts.proxies.client(peer: connection.peer, forwardedFor: handshake.headers[.forwardedFor])
    }

    /// What a request is told that comes to a live connection's path over HTTP; nil for any other path.
    func refuseAsHTTP(_ request: Request, _ exchange: inout Exchange) throws -> Answer? {
        guard let live = parts.live, live.paths.contains(String(exchange.path)) else { return nil }
        try admit(.address(exchange.client.counted), &exchange)
        guard request.method == .get else {
            exchange.allowed = [.get]
            throw Fault(.methodNotAllowed)
        }
        if let origin = request.headers[.origin], !parts.crossOrigin.isAllowed(origin) {
            throw Fault(.permissionDenied, "Pages of this origin may not open a live connection", field: "Origin")
        }
        if live.isFull { throw Fault(.overloaded, retryAfterMS: 5000) }
        var answer = Answer(
            status: .upgradeRequired,
            body: ResponseBody(
                byteBuffer: DefaultRefusal.body(
                    status: 426, code: "ROUTE_003", message: "This address speaks WebSocket (RFC 6455), version 13",
                    details: nil)))
        answer.headers[.upgrade] = "websocket"
        // A handshake is only looked for at the beginning of a connection.
        answer.headers[.connection] = "close"
        answer.headers[.webSocketVersion] = "13"
        return answer
    }
}
