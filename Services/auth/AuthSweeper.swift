import Contracts
import Logging
import ServiceLifecycle

/// Removes once an hour what nobody needs any more.
struct AuthSweeper: Service {
    let store: any RevocationRepository
    let logger: Logger
    var interval: Duration = .seconds(3600)

    func run() async throws {
        await cancelWhenGracefulShutdown {
            // Not at once: several processes that start together should not all sweep together.
            var pause = interval * Double.random(in: 0.05...0.5)
            while (try? await Task.sleep(for: pause)) != nil {
                await sweep()
                pause = interval
            }
        }
    }

    private func sweep() async {
        do {
            let swept = try await store.sweep(at: .now())
            logger.info(
                "swept",
                metadata: [
                    "revocations": "\(swept.revocations)", "sessions": "\(swept.sessions)",
                    "resets": "\(swept.resets)",
                    "invitations": "\(swept.invitations)", "mails": "\(swept.mails)", "replies": "\(swept.replies)",
                    "tickets": "\(swept.tickets)",
                ])
        } catch {
            logger.warning("cannot sweep", metadata: ["cause": "\(error)"])
        }
    }
}
