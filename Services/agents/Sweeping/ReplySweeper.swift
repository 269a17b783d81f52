import EventLog
import Logging
import Postgres
import ServiceLifecycle

/// Forgets idempotent answers once they are older than they have to be, every hour.
struct ReplySweeper: Service {
    let replies: IdempotentReplies
    /// Logged in as the jobs role.
    let database: Database
    let logger: Logger

    func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                try? await Task.sleep(for: .seconds(3600))
                if !Task.isCancelled { await sweep() }
            }
        }
    }

    private func sweep() async {
        do {
            let count = try await replies.sweep(in: database)
            logger.debug("old answers forgotten", metadata: ["count": "\(count)"])
        } catch {
            logger.warning("old answers cannot be forgotten", metadata: ["cause": "\(error)"])
        }
    }
}
