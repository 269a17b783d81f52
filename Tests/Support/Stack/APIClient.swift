import AsyncHTTPClient
import Foundation

/// What the gateway answered.
package struct APIAnswer: Sendable {
    package let status: Int
    package let headers: [(name: String, value: String)]
    package let body: [UInt8]

    /// `.null` when the body is no JSON.
    package var json: JSON { (try? JSON(bytes: body)) ?? .null }
    package var text: String { String(decoding: body, as: UTF8.self) }

    /// The first header of this name, in any case.
    package func header(_ name: String) -> String? {
        headers.first { $0.name.lowercased() == name.lowercased() }?.value
    }

    /// - Throws: `APIFailure` unless the status is this one.
    @discardableResult
    package func expect(_ status: Int) throws -> APIAnswer {
        guard self.status == status else {
            throw APIFailure("expected \(status), got \(self.status): \(text)")
        }
        return self
    }
}

/// A step of a test did not go as it had to.
package struct APIFailure: Error, CustomStringConvertible {
    package let description: String

    package init(_ description: String) {
        self.description = description
    }
}

/// Speaks HTTP with a gateway, as one credential.
package struct APIClient: Sendable {
    package enum Credential: Sendable, Equatable {
        case none
        case token(String)
        case key(String)
    }

    /// Such as `http://127.0.0.1:8000`, without a slash at the end.
    package private(set) var baseURL: String
    package var credential: Credential = .none
    /// From the first byte out to the last byte in.
    package var timeout: Duration = .seconds(15)
    /// Is shown every answer with its method and path, before the caller gets it.
    package var onAnswer: (@Sendable (_ method: String, _ path: String, _ answer: APIAnswer) -> Void)?
    let connections: HTTPClient

    /// - Parameter baseURL: such as `http://127.0.0.1:8000`, without a slash at the end.
    package init(baseURL: String, connections: HTTPClient) {
        self.baseURL = baseURL
        self.connections = connections
    }

    /// The same gateway with another credential.
    package func with(_ credential: Credential) -> APIClient {
        var copy = self
        copy.credential = credential
        return copy
    }

    /// Another gateway, with the same credential.
    package func at(_ baseURL: String) -> APIClient {
        var copy = self
        copy.baseURL = baseURL
        return copy
    }

    /// Sends one request, once; nothing is retried or redirected.
    /// - Parameter path: from the first slash on, such as `/api/calls?limit=1`.
    package func send(
        _ method: String, _ path: String, headers: [String: String] = [:], body: [UInt8]? = nil,
        timeout: Duration? = nil
    ) async throws -> APIAnswer {
        var request = HTTPClientRequest(url: baseURL + path)
        request.method = .init(rawValue: method)
        switch credential {
        case .none: break
        case .token(let token): request.headers.add(name: "Authorization", value: "Bearer \(token)")
        case .key(let key): request.headers.add(name: "X-API-Key", value: key)
        }
        for (name, value) in headers { request.headers.replaceOrAdd(name: name, value: value) }
        if let body { request.body = .bytes(body) }
        let seconds = (timeout ?? self.timeout).components
        let nanoseconds = seconds.seconds * 1_000_000_000 + seconds.attoseconds / 1_000_000_000
        let response = try await connections.execute(request, timeout: .nanoseconds(nanoseconds))
        let bytes = try await response.body.collect(upTo: 64 * 1024 * 1024)
        let answer = APIAnswer(
            status: Int(response.status.code), headers: response.headers.map { ($0.name, $0.value) },
            body: [UInt8](bytes.readableBytesView))
        onAnswer?(method, path, answer)
        return answer
    }

    /// Sends a JSON body.
    @discardableResult
    package func send(
        _ method: String, _ path: String, json: JSON, headers: [String: String] = [:], timeout: Duration? = nil
    ) async throws -> APIAnswer {
        try await send(
            method, path, headers: headers.merging(["Content-Type": "application/json"]) { given, _ in given },
            body: json.bytes, timeout: timeout)
    }

    package func get(_ path: String) async throws -> APIAnswer { try await send("GET", path) }

    /// - Parameter key: sent as `Idempotency-Key`.
    package func post(_ path: String, _ json: JSON, key: String? = nil) async throws -> APIAnswer {
        try await send("POST", path, json: json, headers: key.map { ["Idempotency-Key": $0] } ?? [:])
    }

    package func put(_ path: String, _ json: JSON) async throws -> APIAnswer {
        try await send("PUT", path, json: json)
    }

    @discardableResult
    package func patch(_ path: String, _ json: JSON) async throws -> APIAnswer {
        try await send("PATCH", path, json: json)
    }

    @discardableResult
    package func delete(_ path: String) async throws -> APIAnswer { try await send("DELETE", path) }
}

/// Steps that most tests begin with, in the receptionist dialect.
extension APIClient {
    /// Registers a person with a workspace of their own.
    /// - Returns: a client that speaks as that person.
    package func registered(
        email: String = "test-\(UUID().uuidString.lowercased())@example.com", password: String = "correct horse"
    ) async throws -> APIClient {
        let answer = try await post("/api/auth/register", ["email": JSON(email), "password": JSON(password)]).expect(
            201)
        return with(.token(try answer.json["token"].required("token")))
    }

    /// - Returns: a client that speaks as the person who logged in.
    package func loggedIn(email: String, password: String) async throws -> APIClient {
        let answer = try await post("/api/auth/login", ["email": JSON(email), "password": JSON(password)]).expect(200)
        return with(.token(try answer.json["token"].required("token")))
    }

    /// - Returns: a client that speaks with a new API key of the same workspace.
    package func withNewKey(name: String = "voice agent", scopes: [String]? = nil) async throws -> APIClient {
        var body: [String: JSON] = ["name": JSON(name)]
        if let scopes { body["scopes"] = .array(scopes.map { JSON($0) }) }
        let answer = try await post("/api/settings/api-keys", .object(body)).expect(201)
        return with(.key(try answer.json["key"].required("key")))
    }

    /// - Returns: the new client's id.
    package func createClient(name: String = "Dental Practice", phone: String) async throws -> String {
        let answer = try await post("/api/clients", ["name": JSON(name), "phone_number": JSON(phone)]).expect(201)
        return try answer.json["client"]["id"].required("client.id")
    }

    /// - Returns: the new call's id.
    package func logCall(clientID: String, _ more: [String: JSON] = [:], key: String? = nil) async throws -> String {
        let body = more.merging(["client_id": JSON(clientID)]) { given, _ in given }
        return try await post("/api/calls", .object(body), key: key).expect(201).json["call"]["id"].required("call.id")
    }
}

extension JSON {
    /// - Throws: `APIFailure` when this is no string.
    fileprivate func required(_ name: String) throws -> String {
        guard let string else { throw APIFailure("the answer has no \(name)") }
        return string
    }
}
