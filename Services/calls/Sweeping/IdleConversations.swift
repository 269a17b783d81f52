import Contracts
import Logging
import ServiceLifecycle
import ServiceRuntime

/// What conversations are configured by.
enum ConversationSettings {
    static let idleMinutes = Setting<Int>(
        name: "CONVERSATION_IDLE_MINUTES", default: 15, range: 1...1440, unit: "minutes",
        summary: "how long after its last message a conversation ends by itself")

    static let all: [any SettingDeclaration] = [idleMinutes]
}

/// Ends conversations in which nothing is said any more, as of their last message.
struct IdleConversations: Service {
    let conversations: any ConversationRepository
    let handler: ConversationHandler
    let idleSeconds: Int
    let logger: Logger
    var now: @Sendable () -> Timestamp = { .now() }

    private static let batch = 100
    private static let pauseSeconds = 5.0

    func run() async throws {
        await cancelWhenGracefulShutdown {
            // Several processes look at different moments.
            while (try? await Task.sleep(for: .seconds(Self.pauseSeconds * Double.random(in: 0.6...1.4)))) != nil {
                do {
                    let count = try await sweep()
                    if count > 0 { logger.info("idle conversations ended", metadata: ["count": "\(count)"]) }
                } catch {
                    logger.warning("idle conversations cannot be ended", metadata: ["cause": "\(error)"])
                }
            }
        }
    }

    /// - Returns: how many were ended.
    func sweep() async throws -> Int {
        let oldest = Timestamp(microseconds: now().microseconds - Int64(idleSeconds) * 1_000_000)
        var count = 0
        while true {
            let found = try await conversations.silent(since: oldest, limit: Self.batch)
            var ended = 0
            for (workspaceID, id) in found {
                do {
                    if try await handler.endSilent(id, in: workspaceID, since: oldest) { ended += 1 }
                } catch {
                    // The others need not wait for it.
                    logger.warning(
                        "conversation not ended", metadata: ["conversation": "\(id)", "cause": "\(error)"])
                }
            }
            count += ended
            guard found.count == Self.batch, ended > 0 else { return count }
        }
    }
}
