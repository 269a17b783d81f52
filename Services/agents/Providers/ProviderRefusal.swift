import AsyncHTTPClient
import Bus
import NIOCore

/// A status that is none of success, and when the server would rather be asked.
struct ProviderRefusal: Error {
    let failure: ProviderFailure
    var retryAfterMS: Int?

    init(_ response: HTTPClientResponse) async {
        let body = try? await response.body.collect(upTo: 65_536)
        let detail = body.map { String(decoding: $0.readableBytesView.prefix(300), as: UTF8.self) } ?? ""
        let seconds = response.headers.first(name: "retry-after").flatMap { Int($0) }.map { min(max(0, $0), 86_400) }
        failure = .refused(status: Int(response.status.code), detail: detail)
        retryAfterMS = seconds.map { $0 * 1000 }
    }
}

extension HTTPClientResponse {
    /// All of an answer that must be a small one.
    /// - Throws: `ProviderRefusal`, `ProviderFailure`.
    func bytesOfSuccess(upTo mostBytes: Int) async throws -> ByteBuffer {
        guard status == .ok else { throw await ProviderRefusal(self) }
        do {
            return try await body.collect(upTo: mostBytes)
        } catch is CancellationError {
            throw ProviderFailure.cancelled
        } catch {
            throw error is NIOTooManyBytesError
                ? ProviderFailure.malformed("more than \(mostBytes) bytes") : .broken(ProviderServer.cause(of: error))
        }
    }
}

/// How often a question that fails is asked again, and after which pauses.
struct Persistence: Sendable {
    /// With less time than that left a question makes no sense.
    static let leastMS = 300

    var attempts = 3
    /// Before the second attempt; twice that before the third.
    var backoffMS = 250

    /// - Parameters:
    ///   - mayRepeat: asked before each further attempt.
    ///   - repeating: called before each further attempt.
    func run<Result: Sendable>(
        by deadline: Deadline, mayRepeat: () -> Bool, repeating: () -> Void,
        _ attempt: () async throws -> Result
    ) async throws(ProviderFailure) -> Result {
        var number = 1
        while true {
            let failure: ProviderFailure
            var pauseMS = backoffMS << (number - 1)
            do {
                return try await attempt()
            } catch {
                failure = .of(error)
                pauseMS = max(pauseMS, (error as? ProviderRefusal)?.retryAfterMS ?? 0)
            }
            guard failure.isPassing, number < attempts, pauseMS + Self.leastMS < deadline.remainingMS, mayRepeat()
            else { throw failure }
            number += 1
            repeating()
            guard (try? await Task.sleep(for: .milliseconds(pauseMS))) != nil else { throw .cancelled }
        }
    }
}
