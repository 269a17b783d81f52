import AsyncHTTPClient
import Foundation
import NIOCore
import NIOPosix

/// Places calls through a voice server: `POST /outbound/call/`.
///
/// A connection is used for one call: on one that was kept, an order that meets its end may have been read or not.
final class VoiceServerCarrier: Carrier {
    /// From the connection to the whole answer.
    static let deadlineMS: Int64 = 10_000
    private static let connectMS: Int64 = 3000
    private static let answerBytes = 65_536

    private let address: String
    private let key: String?
    private let client: HTTPClient
    private let deadlineMS: Int64

    /// - Parameter url: where the voice server is, with or without a slash at its end.
    init(url: String, key: String?, deadlineMS: Int64 = VoiceServerCarrier.deadlineMS) {
        address = url.trimmingCharacters(in: CharacterSet(charactersIn: "/")) + "/outbound/call/"
        self.key = key
        self.deadlineMS = deadlineMS
        var configuration = HTTPClient.Configuration()
        configuration.redirectConfiguration = .disallow
        configuration.timeout.connect = .milliseconds(Self.connectMS)
        configuration.connectionPool.retryConnectionEstablishment = false
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = 512
        configuration.httpVersion = .http1Only
        client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }

    func close() async {
        try? await client.shutdown()
    }

    func place(_ attempt: Attempt) async -> Placement {
        do {
            let response = try await client.execute(try request(for: attempt), timeout: .milliseconds(deadlineMS))
            let body = try? await response.body.collect(upTo: Self.answerBytes)
            return Self.placement(
                status: Int(response.status.code), body: body.map { Data($0.readableBytesView) } ?? Data())
        } catch {
            return Self.placement(of: error)
        }
    }

    private struct Order: Encodable {
        // swift-format-ignore: AlwaysUseLowerCamelCase
        var customer_number, agent_id, caller_id, custom_field: String
    }

    private func request(for attempt: Attempt) throws -> HTTPClientRequest {
        var request = HTTPClientRequest(url: address)
        request.method = .POST
        request.headers.add(name: "Content-Type", value: "application/json")
        request.headers.add(name: "Connection", value: "close")
        if let key { request.headers.add(name: "Authorization", value: "Bearer \(key)") }
        let order = Order(
            customer_number: attempt.phoneNumber, agent_id: "\(attempt.agentID)", caller_id: attempt.callerID,
            custom_field: "\(attempt.callID)")
        request.body = .bytes(ByteBuffer(bytes: try JSONEncoder().encode(order)))
        return request
    }

    /// What an answer means.
    static func placement(status: Int, body: Data) -> Placement {
        let text = String(decoding: body.prefix(300), as: UTF8.self)
        switch status {
        case 200:
            guard let object = try? JSONSerialization.jsonObject(with: body) as? [String: Any],
                let said = object["status"] as? String
            else { return .unknown("The voice server answered 200 without a status.") }
            if said == "success" { return .placed }
            return .refused(
                code: said, detail: object["message"] as? String ?? object["detail"] as? String ?? text,
                isFailing: false)
        case 300..<500:
            let isFailing = status < 400 || [401, 403, 404, 405, 408, 429].contains(status)
            return .refused(code: "\(status)", detail: text, isFailing: isFailing)
        default:
            return .unknown("The voice server answered \(status).")
        }
    }

    /// What a failure to get an answer means. Only one that is certain to have come before the order was sent is taken
    /// for that.
    static func placement(of error: any Error) -> Placement {
        let text = "\(error)"
        if error is NIOConnectionError { return .unsent(text) }
        if let error = error as? IOError, error.errnoCode == ECONNREFUSED { return .unsent(text) }
        if let error = error as? HTTPClientError,
            [.connectTimeout, .getConnectionFromPoolTimeout, .tlsHandshakeTimeout, .emptyHost, .invalidURL].contains(
                error)
        {
            return .unsent(text)
        }
        return .unknown(text)
    }
}
