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
    /// A text that every model takes.
    static let greeting = "Hello"
    /// Characters of a passage that say something of it.
    private static let leastBeginning = 100

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
            try await embed(job)
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

    /// Batch after batch. After one that came to nothing texts are asked for alone, so that one that the model does not
    /// take keeps no other one back.
    private func embed(_ job: VectorJob) async throws {
        var size = job.tries > 1 ? 1 : Self.batch
        while true {
            let passages = try await jobs.passages(of: job, limit: size)
            guard !passages.isEmpty else {
                _ = try await jobs.finish(job)
                return
            }
            var vectors: [TextVector] = []
            do throws(ProviderFailure) {
                vectors = try await ask(passages.map(\.text))
            } catch {
                guard error.mayBeOfText(amongOthers: passages.count > 1) else { throw error }
                if passages.count > 1 {
                    try await checkServer()
                    guard try await jobs.renew(job, leaseSeconds: pace.leaseSeconds) else { return }
                    size = 1
                    continue
                }
                vectors = [try await vectorOfBeginning(of: passages[0].text, for: job)]
            }
            try await Failpoint.hit("agents.vectors-made")
            let isStored = try await jobs.store(
                zip(passages, vectors).map { (number: $0.number, vector: $1) }, of: job,
                leaseSeconds: pace.leaseSeconds)
            guard isStored else { return }
            size = min(size * 2, Self.batch)
        }
    }

    private func ask(_ texts: [String]) async throws(ProviderFailure) -> [TextVector] {
        try await embedding.vectors(of: texts, by: .after(milliseconds: pace.requestMS))
    }

    /// - Throws: what the server fails with when it does not even take this.
    private func checkServer() async throws(ProviderFailure) {
        _ = try await ask([Self.greeting])
    }

    /// Of a text that the model does not take as a whole. One that it takes in no form gets a vector that no question is
    /// compared with.
    private func vectorOfBeginning(of text: String, for job: VectorJob) async throws -> TextVector {
        for length in [text.count / 2, text.count / 4, 200] where length < text.count && length >= Self.leastBeginning {
            try await checkServer()
            _ = try await jobs.renew(job, leaseSeconds: pace.leaseSeconds)
            do throws(ProviderFailure) {
                guard let vector = try await ask([String(text.prefix(length))]).first else { continue }
                return vector
            } catch {
                guard error.mayBeOfText(amongOthers: false) else { throw error }
            }
        }
        try await checkServer()
        logger.info(
            "a passage has no vector, since the model takes it in no form", metadata: ["document": "\(job.documentID)"])
        return .untaken
    }
}

extension ProviderFailure {
    /// Whether a text may be the reason, by its length or by what it holds.
    /// - Parameter amongOthers: whether there were several; fewer may be quick enough.
    fileprivate func mayBeOfText(amongOthers: Bool) -> Bool {
        switch self {
        case .refused(let status, _): [400, 413, 422].contains(status) || status >= 500
        case .malformed, .empty: true
        case .tooSlow: amongOthers
        case .busy, .resting, .broken, .cancelled: false
        }
    }
}
