import AsyncHTTPClient
import Bus
import Foundation
import NIOCore
import Synchronization

/// A model behind `POST …/chat/completions`, as OpenAI, Ollama, vLLM and llama.cpp serve it.
///
/// It is asked again after a failure that may pass, as long as no piece of an answer has come. Redirects are not
/// followed: the key is for the server that was named and for no other.
final class OpenAICompatibleChat: ChatModel {
    struct Terms: Sendable {
        var model: String
        var temperature: Double?
        var prices = ChatPrices()
        /// Of a whole answer, all attempts included.
        var answerMS = 20_000
        /// Between two signs of life of an answer, and until the first one.
        var silenceMS = 10_000
        var inFlight = 16
        var attempts = 3
        /// Before the second attempt; twice that before the third.
        var backoffMS = 250
        var mostLineBytes = 262_144
    }

    let terms: Terms
    let counts = ChatCounts()
    private let server: ProviderServer
    private let seats: Seats
    private let breaker = ProviderBreaker()
    /// Which forms of an answer the server has refused to give.
    private let refusedForms = Mutex<Set<String>>([])

    var name: String { terms.model }

    init(server: ProviderServer, terms: Terms) {
        self.server = server
        self.terms = terms
        seats = Seats(count: terms.inFlight, mostWaiting: terms.inFlight * 4)
    }

    var isBreakerOpen: Bool { breaker.isOpen }

    func reply(
        to request: ChatRequest, by deadline: Deadline, piece: @escaping @Sendable (String) -> Void
    ) async throws(ProviderFailure) -> ChatReply {
        counts.note { $0.asked += 1 }
        let limit = min(deadline, .after(milliseconds: terms.answerMS))
        do {
            let reply = try await persistently(request, by: limit, piece: piece)
            counts.note {
                $0.promptTokens += reply.usage.promptTokens
                $0.completionTokens += reply.usage.completionTokens
                $0.costMicros += reply.costMicros
            }
            return reply
        } catch {
            counts.note { $0.failures[error.label, default: 0] += 1 }
            throw error
        }
    }

    private func persistently(
        _ request: ChatRequest, by deadline: Deadline, piece: @escaping @Sendable (String) -> Void
    ) async throws(ProviderFailure) -> ChatReply {
        let began = Atomic<Bool>(false)
        let noting: @Sendable (String) -> Void = { text in
            began.store(true, ordering: .relaxed)
            piece(text)
        }
        return try await Persistence(attempts: terms.attempts, backoffMS: terms.backoffMS).run(
            by: deadline, mayRepeat: { !began.load(ordering: .relaxed) && !isBreakerOpen },
            repeating: { counts.note { $0.retries += 1 } }
        ) {
            try await admitted(request, by: deadline, piece: noting)
        }
    }

    /// One attempt, if the breaker lets it through.
    private func admitted(
        _ request: ChatRequest, by deadline: Deadline, piece: @escaping @Sendable (String) -> Void
    ) async throws -> ChatReply {
        guard deadline.remainingMS >= Persistence.leastMS else { throw ProviderFailure.tooSlow }
        // A server that was given less time than it may take has not failed.
        let hadTime = deadline.remainingMS >= min(terms.silenceMS, terms.answerMS / 2)
        return try await breaker.guarding(hadTime: hadTime) {
            let watch = SilenceWatch(deadline: deadline, silenceMS: terms.silenceMS)
            return try await seats.sit(under: watch) {
                try await self.exchange(self.acceptable(request), watch: watch, piece: piece)
            }
        }
    }

    private func exchange(
        _ request: ChatRequest, watch: SilenceWatch, piece: @escaping @Sendable (String) -> Void
    ) async throws -> ChatReply {
        let call = ChatCall(
            model: terms.model, messages: request.messages, temperature: terms.temperature, form: request.form,
            isStreamed: true)
        let response = try await server.post(
            "chat/completions", type: "application/json", body: ByteBuffer(bytes: try JSONEncoder().encode(call)))
        guard response.status == .ok else {
            let refusal = await ProviderRefusal(response)
            guard case .refused(let status, _) = refusal.failure, [400, 422, 501].contains(status),
                let easier = request.form.easier
            else { throw refusal }
            var again = request
            again.form = easier
            let reply = try await exchange(again, watch: watch, piece: piece)
            // It was the form, and not the question, that the server did not want.
            refusedForms.withLock { _ = $0.insert(request.form.label) }
            return reply
        }
        let type = response.headers.first(name: "content-type")?.lowercased() ?? ""
        var reading = ChatReading(isStream: !type.hasPrefix("application/json"), mostLineBytes: terms.mostLineBytes)
        do {
            for try await part in response.body {
                let gain = try reading.feed(part.readableBytesView)
                if gain.isProgress { watch.noteLife() }
                for text in gain.pieces { piece(text) }
                if reading.isDone { break }
            }
        } catch let failure as ProviderFailure {
            throw failure
        } catch is CancellationError {
            throw ProviderFailure.cancelled
        } catch {
            throw ProviderFailure.broken(ProviderServer.cause(of: error))
        }
        for text in try reading.finish().pieces { piece(text) }
        return reply(reading, to: request)
    }

    private func reply(_ reading: ChatReading, to request: ChatRequest) -> ChatReply {
        let usage = reading.usage ?? .estimated(prompt: request.messages, completion: reading.text)
        return ChatReply(
            text: reading.text, model: reading.model ?? terms.model, usage: usage,
            costMicros: terms.prices.costMicros(of: usage), isCut: reading.isCut)
    }

    /// The request in a form that the server has not refused yet.
    private func acceptable(_ request: ChatRequest) -> ChatRequest {
        let refused = refusedForms.withLock { $0 }
        var request = request
        while refused.contains(request.form.label), let easier = request.form.easier { request.form = easier }
        return request
    }
}

extension ChatRequest.Form {
    fileprivate var label: String {
        switch self {
        case .text: "text"
        case .object: "object"
        case .schema: "schema"
        }
    }

    /// What to ask for where this one is not supported.
    fileprivate var easier: ChatRequest.Form? {
        switch self {
        case .text: nil
        case .object: .text
        case .schema: .object
        }
    }
}
