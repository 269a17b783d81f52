import Contracts
import Logging
import ServiceLifecycle

/// Checks the statistics of every workspace again and again, one at a time.
struct BackgroundCheck: Service {
    let check: StatisticsCheck
    let counts: CheckCounts
    let interval: Duration
    /// Between two workspaces, so that nobody notices.
    var rest = Duration.milliseconds(50)
    let logger: Logger

    func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                try? await Task.sleep(for: interval)
                await checkAll()
            }
        }
    }

    private func checkAll() async {
        guard !Task.isCancelled else { return }
        do {
            for workspaceID in try await check.workspaces() {
                try await Task.sleep(for: rest)
                await checkOne(workspaceID)
            }
        } catch is CancellationError {
        } catch {
            logger.warning("the statistics cannot be checked now", metadata: ["cause": "\(error)"])
        }
    }

    private func checkOne(_ workspaceID: WorkspaceID) async {
        do {
            let finding = try await check.check(workspaceID)
            counts.add(finding)
            for difference in finding.differences {
                logger.error("the statistics differ from the calls", metadata: ["difference": "\(difference)"])
            }
        } catch {
            guard !Task.isCancelled else { return }
            logger.warning(
                "a workspace's statistics cannot be checked now",
                metadata: ["workspace_id": "\(workspaceID)", "cause": "\(error)"])
        }
    }
}
