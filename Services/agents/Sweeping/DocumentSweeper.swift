import Blobs
import Foundation
import Logging
import ServiceLifecycle

/// Takes bytes of documents that no document has: those of deleted ones whose removal failed, and those that were stored
/// by somebody who did not live to say so.
struct DocumentSweeper: Service {
    /// How old an object without a row must be, in seconds. Longer than a key is good for, so that no upload that may
    /// still be added is taken.
    static let orphanSeconds = 86_400.0

    let documents: any DocumentJobs
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
                    log(try await sweep())
                } catch {
                    logger.warning("documents cannot be swept", metadata: ["cause": "\(error)"])
                }
                pause = interval
            }
        }
    }

    /// - Returns: how many objects without a row, and how many uploads that were never finished, it has taken.
    func sweep() async throws -> (orphans: Int, unfinished: Int) {
        let oldest = now().addingTimeInterval(-Self.orphanSeconds)
        let orphans = try await store.removeOrphans(before: oldest, unused: documents.unused)
        return (orphans, try await store.removeUnfinished(before: oldest))
    }

    func log(_ swept: (orphans: Int, unfinished: Int)) {
        guard swept != (0, 0) else { return }
        logger.info(
            "documents swept", metadata: ["orphans": "\(swept.orphans)", "unfinished": "\(swept.unfinished)"])
    }
}
