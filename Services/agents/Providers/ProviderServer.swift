import AsyncHTTPClient
import Foundation
import NIOCore
import NIOPosix
import ServiceRuntime

/// An OpenAI-compatible server that the operator has named, with the key that it wants.
struct ProviderServer: Sendable {
    /// With a version at its end and without a slash.
    let base: String
    private let key: Secret?
    private let http: HTTPClient

    /// - Parameter url: with or without `/v1` and a slash at its end.
    init(url: String, key: Secret?, http: HTTPClient) {
        base = Self.base(of: url)
        self.key = key
        self.http = http
    }

    static func base(of url: String) -> String {
        var base = Substring(url)
        while base.hasSuffix("/") { base = base.dropLast() }
        let last = base.split(separator: "/").last.map(String.init) ?? ""
        let isVersioned = last.wholeMatch(of: /v[0-9]+[a-z0-9]*/) != nil
        return isVersioned || base.hasSuffix("/openai") ? String(base) : base + "/v1"
    }

    /// Connections as they suit a provider: none is followed elsewhere, and none is tried for long.
    static var connections: HTTPClient.Configuration {
        var configuration = HTTPClient.Configuration()
        configuration.redirectConfiguration = .disallow
        configuration.timeout.connect = .milliseconds(3000)
        configuration.connectionPool.retryConnectionEstablishment = false
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = 64
        configuration.httpVersion = .http1Only
        return configuration
    }

    /// - Throws: `ProviderFailure`.
    func post(_ path: String, type: String, body: ByteBuffer) async throws(ProviderFailure) -> HTTPClientResponse {
        var request = HTTPClientRequest(url: "\(base)/\(path)")
        request.method = .POST
        request.headers.add(name: "Content-Type", value: type)
        request.headers.add(name: "Accept", value: "text/event-stream, application/json")
        if let key { request.headers.add(name: "Authorization", value: "Bearer \(key.revealed)") }
        request.body = .bytes(body)
        do {
            // Whoever asks keeps the time; this one is only there for a connection that nobody watches any more.
            return try await http.execute(request, timeout: .minutes(10))
        } catch is CancellationError {
            throw .cancelled
        } catch {
            throw .broken(Self.cause(of: error))
        }
    }

    /// Without the request, whose headers hold the key.
    static func cause(of error: any Error) -> String {
        switch error {
        case let error as HTTPClientError: error.shortDescription
        case let error as IOError: "\(error)"
        case is NIOConnectionError: "nobody answers there"
        default: "\(type(of: error))"
        }
    }
}
