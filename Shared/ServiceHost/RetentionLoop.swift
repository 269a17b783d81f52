import EventLog
import Logging
import ServiceLifecycle

/// Forgets old events once an hour.
package struct RetentionLoop: Service {
    private let retention: EventRetention
    private let logger: Logger

    package init(host: ServiceHost) {
        retention = EventRetention(database: host.jobs, schema: host.name)
        logger = host.logger
    }

    package func run() async throws {
        await cancelWhenGracefulShutdown {
            // Not at once: several processes that start together should not all sweep together.
            var pause = Duration.seconds(3600) * Double.random(in: 0.05...0.5)
            while (try? await Task.sleep(for: pause)) != nil {
                await sweep()
                pause = .seconds(3600)
            }
        }
    }

    private func sweep() async {
        do {
            let count = try await retention.sweep()
            if count > 0 { logger.info("old events forgotten", metadata: ["count": "\(count)"]) }
        } catch {
            logger.warning("old events cannot be forgotten", metadata: ["cause": "\(error)"])
        }
    }
}
