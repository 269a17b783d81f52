import Bus
import Logging
import ServiceLifecycle
import Synchronization

/// Tells what a question means, soon or not at all: whoever asked waits for it.
final class QuestionVectors: Sendable {
    /// Characters of a question that count.
    static let longest = 2000
    static let mostKept = 256

    let embedding: any TextEmbedding
    private let logger: Logger
    private let patienceMS: Int
    private let state = Mutex(State())

    private struct State {
        var kept: [String: TextVector] = [:]
        /// The oldest first.
        var order: [String] = []
        var scale: NearnessScale?
        var isMeasured = false
    }

    init(embedding: any TextEmbedding, logger: Logger, patienceMS: Int = 2000) {
        self.embedding = embedding
        self.logger = logger
        self.patienceMS = patienceMS
    }

    var model: String { embedding.model }

    /// What likenesses mean; nil before that is known, and for a model that cannot tell the samples apart.
    var scale: NearnessScale? { state.withLock { $0.scale } }

    /// Nil when the model does not answer in time.
    func vector(of question: String) async -> TextVector? {
        let text = String(question.prefix(Self.longest))
        guard text.contains(where: { !$0.isWhitespace }) else { return nil }
        if let kept = state.withLock({ $0.kept[text] }) { return kept }
        guard let vector = await vectors(of: [text])?.first else { return nil }
        keep(vector, of: text)
        return vector
    }

    /// Nil when the model does not answer in time.
    func vectors(of texts: [String]) async -> [TextVector]? {
        // What has to be said without it still needs its time.
        let leftMS = (RequestContext.current?.deadline.remainingMS ?? .max) - AnswerMessageHandler.reserveMS
        let deadline = Deadline.after(milliseconds: min(patienceMS, max(0, leftMS)))
        do {
            return try await embedding.vectors(of: texts, by: deadline)
        } catch {
            logger.info("the embedding model tells nothing in time", metadata: ["cause": "\(error)"])
            return nil
        }
    }

    /// Finds out what likenesses mean with the model.
    /// - Parameter patient: the same model, asked in a way that no question waits for.
    /// - Returns: whether it has told.
    func measure(by patient: any TextEmbedding, milliseconds: Int = 60_000) async -> Bool {
        guard let vectors = try? await patient.vectors(of: NearnessScale.texts, by: .after(milliseconds: milliseconds))
        else { return false }
        let scale = NearnessScale(vectors)
        let isNews = state.withLock { state in
            defer { (state.scale, state.isMeasured) = (scale, true) }
            return state.scale != scale || !state.isMeasured
        }
        if let scale, isNews {
            logger.info(
                "the embedding model was measured",
                metadata: ["model": "\(model)", "unrelated": "\(scale.unrelated)", "related": "\(scale.related)"])
        } else if isNews {
            logger.warning(
                "the embedding model cannot tell an answer from other texts, so that it finds nothing by itself",
                metadata: ["model": "\(model)"])
        }
        return scale != nil
    }

    private func keep(_ vector: TextVector, of text: String) {
        state.withLock { state in
            if state.kept.updateValue(vector, forKey: text) == nil { state.order.append(text) }
            if state.order.count > Self.mostKept { state.kept[state.order.removeFirst()] = nil }
        }
    }
}

/// Keeps the scale up to date, since servers are changed and repaired.
struct ScaleKeeping: Service {
    let questions: QuestionVectors
    let embedding: any TextEmbedding
    var interval: Duration = .seconds(3600)
    /// After the model has told nothing.
    var pause: Duration = .seconds(10)

    func run() async throws {
        await cancelWhenGracefulShutdown {
            var pause = pause
            while !Task.isCancelled {
                let isMeasured = await questions.measure(by: embedding)
                try? await Task.sleep(for: isMeasured ? interval : pause)
                pause = isMeasured ? self.pause : min(pause * 2, interval)
            }
        }
    }
}
