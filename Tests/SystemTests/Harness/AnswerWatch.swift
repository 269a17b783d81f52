import Foundation
import GatewayHTTP
import NIOCore
import TestSupport
import Testing

/// Holds every answer that tests get against the API's own description, and against what all answers have in common.
final class AnswerWatch: Sendable {
    /// For tests that break something on purpose.
    @TaskLocal static var allowsServerErrors = false

    let api: PublishedDescription
    let voicera: PublishedDescription
    let voiceflow: PublishedDescription
    let root: PublishedDescription
    private let found = Found()

    init(_ client: APIClient) async throws {
        api = PublishedDescription(try await client.get("/api/openapi.json").expect(200).value)
        voicera = PublishedDescription(try await client.get("/voicera/openapi.json").expect(200).value)
        voiceflow = PublishedDescription(try await client.get("/voiceflow/openapi.json").expect(200).value)
        root = PublishedDescription(try await client.get("/openapi.json").expect(200).value)
    }

    /// `GET /api/clients/{id}` and so on, of all surfaces.
    var operations: [String] { api.operations + voicera.operations + voiceflow.operations + root.operations }

    var hasProblems: Bool { found.count > 0 }

    func note(_ method: String, _ target: String, _ answer: APIAnswer) {
        for problem in problems(method, target, answer) {
            found.add()
            Issue.record("\(method) \(target.prefix(200)): \(problem) (\(answer.status) \(answer.text.prefix(300)))")
        }
    }

    private func problems(_ method: String, _ target: String, _ answer: APIAnswer) -> [String] {
        var problems = Self.headers.filter { answer.header($0) == nil }.map { "there is no \($0)" }
        if answer.status >= 500, !Self.allowsServerErrors { problems.append("a server error") }
        if answer.status == 503, answer.header("Retry-After") == nil, !target.hasPrefix("/readiness") {
            problems.append("503 without Retry-After")
        }
        if answer.status == 401, answer.header("WWW-Authenticate") == nil { problems.append("no WWW-Authenticate") }
        guard method != "OPTIONS", method != "HEAD" else { return problems }
        var path = String(target.prefix { $0 != "?" })
        if path.count > 1, path.hasSuffix("/") { path.removeLast() }
        let isOfAPI = path == "/api" || path.hasPrefix("/api/")
        if isOfAPI, answer.status >= 400 { problems += refusalProblems(answer) }
        // What is not described answers no more than that it is not there.
        let isUnknown =
            (answer.status == 404 && answer.text.contains("Not found")) || answer.status == 405
            || (answer.status == 429 && path.hasSuffix("/nothing"))
        guard !isUnknown else { return problems }
        let isJSON = answer.header("Content-Type")?.hasPrefix("application/json") == true
        return problems
            + description(of: path).problems(
                method: method, path: path, status: answer.status, body: isJSON ? try? answer.value : nil)
    }

    private func description(of path: String) -> PublishedDescription {
        if path == "/api" || path.hasPrefix("/api/") { return api }
        if path == "/voiceflow" || path.hasPrefix("/voiceflow/") { return voiceflow }
        return path == "/voicera" || path.hasPrefix("/voicera/") ? voicera : root
    }

    /// `{"error", "message"}`, twice the same text.
    private func refusalProblems(_ answer: APIAnswer) -> [String] {
        guard let members = answer.json.object, Set(members.keys) == ["error", "message"],
            let text = members["error"]?.string, !text.isEmpty, members["message"]?.string == text
        else { return ["a refusal without error and message"] }
        let leaks = ["SQL", "postgres", "zmq", "ipc://", ".swift", "Fault", "relation "]
        return leaks.filter { text.contains($0) }.map { "a refusal that tells of \($0)" }
    }

    private static let headers = [
        "X-Request-Id", "X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset", "X-Content-Type-Options",
        "Cache-Control",
    ]

    private final class Found: @unchecked Sendable {
        private let lock = NSLock()
        private var problems = 0

        var count: Int { lock.withLock { problems } }

        func add() { lock.withLock { problems += 1 } }
    }
}

extension APIAnswer {
    /// The body, read strictly.
    var value: JSONValue {
        get throws { try JSONParser.parse(ByteBuffer(bytes: body)) }
    }

    /// The text of a refusal.
    var error: String? { json["error"].string }
}
