import Contracts
import Logging
import ServiceLifecycle

/// Forgets once a minute what is beyond the bounds of the feeds.
struct FeedTrimming: Service {
    let feeds: any FeedRepository
    let bounds: FeedBounds
    let logger: Logger
    var interval: Duration = .seconds(60)

    func run() async throws {
        await cancelWhenGracefulShutdown {
            // Not at once: several processes that start together should not all trim together.
            var pause = interval * Double.random(in: 0.2...1)
            while (try? await Task.sleep(for: pause)) != nil {
                do {
                    _ = try await feeds.trim(to: bounds, at: .now())
                } catch {
                    logger.warning("feeds cannot be trimmed", metadata: ["cause": "\(error)"])
                }
                pause = interval
            }
        }
    }
}
