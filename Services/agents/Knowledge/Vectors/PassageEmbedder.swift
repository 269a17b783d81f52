import Bus
import Logging
import ServiceLifecycle
import ServiceRuntime
import Synchronization

/// Gives passages their vectors, as one of any number of processes that do the same.
struct PassageEmbedder: Service {
    /// Documents at a time of one process.
    static let concurrency = 2
    /// Passages of one request: few enough that a model on a processor answers questions in between.
    static let batch = 16

    struct Pace: Sendable {
        var leaseSeconds = 90
        /// Of one request and its repetitions.
        var requestMS = 60_000
        var pollMS = 1000
        /// While the server is left alone.
        var restMS = 2000
        /// After the first try that came to nothing; twice that after each further one.
        var firstPauseSeconds = 2.0
        var longestPauseSeconds = 300.0
        var countSeconds = 10
    }

    let jobs: any VectorJobs
    let embedding: any TextEmbedding
    let logger: Logger
    var pace = Pace()
    /// How many passages wait, as it was counted last.
    let waiting = WaitingCount()

    final class WaitingCount: Sendable {
        private let count = Atomic<Int>(0)
        var value: Int { count.load(ordering: .relaxed) }
        func set(_ value: Int) { count.store(value, ordering: .relaxed) }
    }

    func run() async throws {
        await cancelWhenGracefulShutdown {
            await withTaskGroup(of: Void.self) { group in
                for _ in 0..<Self.concurrency { group.addTask { await embedAll() } }
                group.addTask { await countAll() }
            }
        }
    }

    private func embedAll() async {
        while !Task.isCancelled {
            var pauseMS = pace.pollMS
            do {
                switch try await embedNext() {
                case .done: continue
                case .nothing: break
                case .resting: pauseMS = pace.restMS
                }
            } catch {
                if !Task.isCancelled { logger.warning("no passage can be embedded", metadata: ["cause": "\(error)"]) }
            }
            try? await Task.sleep(for: .milliseconds(pauseMS))
        }
    }

    private func countAll() async {
        while !Task.isCancelled {
            if let count = try? await jobs.waiting(model: embedding.model) { waiting.set(count) }
            try? await Task.sleep(for: .seconds(pace.countSeconds))
        }
    }

    enum Outcome: Sendable {
        /// A document was embedded, or is somebody else's by now.
        case done
        /// There was none.
        case nothing
        /// The server is best not asked for a moment.
        case resting
    }

    func embedNext() async throws -> Outcome {
        guard let job = try await jobs.take(model: embedding.model, leaseSeconds: pace.leaseSeconds) else {
            return .nothing
        }
        do {
            while try await embedBatch(of: job) {}
            return .done
        } catch let failure as ProviderFailure {
            return try await settle(job, failure)
        } catch {
            // Others need not wait for the lease to run out. This task may be cancelled, which its queries would be, too.
            await Task { try? await jobs.release(job) }.value
            throw error
        }
    }

    private func settle(_ job: VectorJob, _ failure: ProviderFailure) async throws -> Outcome {
        switch failure {
        case .resting, .busy, .cancelled:
            await Task { try? await jobs.release(job) }.value
            return .resting
        default:
            let doubled = pace.firstPauseSeconds * Double(1 << min(max(0, job.tries - 1), 20))
            logger.warning(
                "the embedding model gave no vectors", metadata: ["cause": "\(failure)", "tries": "\(job.tries)"])
            _ = try await jobs.postpone(job, seconds: min(doubled, pace.longestPauseSeconds))
            // The next document may well fail alike.
            return .resting
        }
    }

    /// - Returns: whether there may be more.
    private func embedBatch(of job: VectorJob) async throws -> Bool {
        let passages = try await jobs.passages(of: job, limit: Self.batch)
        guard !passages.isEmpty else {
            _ = try await jobs.finish(job)
            return false
        }
        let vectors = try await vectors(of: passages.map(\.text))
        try await Failpoint.hit("agents.vectors-made")
        return try await jobs.store(
            zip(passages, vectors).map { (number: $0.number, vector: $1) }, of: job, leaseSeconds: pace.leaseSeconds)
    }

    /// Some models refuse what is too long for them: then each text is asked for alone, at last with its beginning only.
    private func vectors(of texts: [String]) async throws(ProviderFailure) -> [TextVector] {
        do throws(ProviderFailure) {
            return try await embedding.vectors(of: texts, by: .after(milliseconds: pace.requestMS))
        } catch {
            guard error.isOfLength else { throw error }
            var vectors: [TextVector] = []
            for text in texts { vectors.append(try await vector(of: text)) }
            return vectors
        }
    }

    private func vector(of text: String) async throws(ProviderFailure) -> TextVector {
        var length = text.count
        while true {
            let asked = String(text.prefix(length))
            do throws(ProviderFailure) {
                let vectors = try await embedding.vectors(of: [asked], by: .after(milliseconds: pace.requestMS))
                guard let vector = vectors.first else { throw ProviderFailure.empty }
                return vector
            } catch {
                guard error.isOfLength, length > 200 else { throw error }
                length /= 2
            }
        }
    }
}

extension ProviderFailure {
    /// Whether a shorter text may be taken.
    fileprivate var isOfLength: Bool {
        guard case .refused(let status, _) = self else { return false }
        return [400, 413, 422].contains(status)
    }
}
