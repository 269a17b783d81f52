import Bus
import Logging
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
        /// Nil until the model was asked; nil inside for one that cannot tell the samples apart.
        var scale: NearnessScale??
    }

    init(embedding: any TextEmbedding, logger: Logger, patienceMS: Int = 2000) {
        self.embedding = embedding
        self.logger = logger
        self.patienceMS = patienceMS
    }

    var model: String { embedding.model }

    /// What likenesses mean; nil where nothing can be said of it.
    var scale: NearnessScale? { state.withLock { $0.scale ?? nil } }

    /// Nil when the model does not answer in time.
    func vector(of question: String) async -> TextVector? {
        let text = String(question.prefix(Self.longest))
        guard text.contains(where: { !$0.isWhitespace }) else { return nil }
        let (kept, isScaled) = state.withLock { ($0.kept[text], $0.scale != nil) }
        if let kept, isScaled { return kept }
        let texts = [text] + (isScaled ? [] : NearnessScale.texts)
        guard let vectors = await vectors(of: texts), let vector = vectors.first else { return nil }
        if !isScaled { keepScale(NearnessScale(Array(vectors.dropFirst()))) }
        keep(vector, of: text)
        return vector
    }

    /// Nil when the model does not answer in time.
    func vectors(of texts: [String]) async -> [TextVector]? {
        let deadline = min(
            .after(milliseconds: patienceMS), RequestContext.current?.deadline ?? .after(milliseconds: patienceMS))
        do {
            return try await embedding.vectors(of: texts, by: deadline)
        } catch {
            logger.info("a question is searched for by its words alone", metadata: ["cause": "\(error)"])
            return nil
        }
    }

    private func keepScale(_ scale: NearnessScale?) {
        state.withLock { $0.scale = .some(scale) }
        if let scale {
            logger.info(
                "the embedding model was measured",
                metadata: ["model": "\(model)", "unrelated": "\(scale.unrelated)", "related": "\(scale.related)"])
        } else {
            logger.warning(
                "the embedding model cannot tell an answer from other texts, so that it finds nothing by itself",
                metadata: ["model": "\(model)"])
        }
    }

    private func keep(_ vector: TextVector, of text: String) {
        state.withLock { state in
            if state.kept.updateValue(vector, forKey: text) == nil { state.order.append(text) }
            if state.order.count > Self.mostKept { state.kept[state.order.removeFirst()] = nil }
        }
    }
}
