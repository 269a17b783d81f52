import Blobs
import Foundation
import Logging
import ServiceLifecycle

/// Takes recordings that nobody may hear any more: of deleted calls, older than their workspace keeps them, replaced by
/// another one, or stored by somebody who did not live to say so.
struct RecordingSweeper: Service {
    /// What one run has taken.
    struct Swept: Sendable, Equatable {
        /// Rows with their objects.
        var expired = 0
        /// Objects without a row.
        var orphans = 0
        /// Uploads that were begun and never finished.
        var unfinished = 0
    }

    /// How old an object without a row must be, in seconds. Longer than a key is good for, so that no upload that may
    /// still be confirmed is taken.
    static let orphanSeconds = 86_400.0
    private static let batch = 500

    let recordings: any RecordingSweeping
    let store: any BlobStore
    let logger: Logger
    var interval: Duration = .seconds(3600)
    var now: @Sendable () -> Date = { Date() }

    func run() async throws {
        await cancelWhenGracefulShutdown {
            // Not at once: several processes that start together should not all sweep together.
            var pause = interval * Double.random(in: 0.05...0.5)
            while (try? await Task.sleep(for: pause)) != nil {
                do {
                    let swept = try await sweep()
                    if swept != Swept() { log(swept) }
                } catch {
                    logger.warning("recordings cannot be swept", metadata: ["cause": "\(error)"])
                }
                pause = interval
            }
        }
    }

    /// The row goes first: an object that outlives it by a crash is found as an orphan.
    func sweep() async throws -> Swept {
        var swept = Swept()
        while true {
            let keys = try await recordings.forgetExpired(limit: Self.batch)
            for key in keys.compactMap(BlobKey.init) { try await store.delete(key) }
            swept.expired += keys.count
            if keys.count < Self.batch { break }
        }
        swept.orphans = try await store.removeOrphans(before: oldest, unused: recordings.unused)
        swept.unfinished = try await store.removeUnfinished(before: oldest)
        return swept
    }

    private var oldest: Date { now().addingTimeInterval(-Self.orphanSeconds) }

    func log(_ swept: Swept) {
        logger.info(
            "recordings swept",
            metadata: [
                "expired": "\(swept.expired)", "orphans": "\(swept.orphans)", "unfinished": "\(swept.unfinished)",
            ])
    }
}
