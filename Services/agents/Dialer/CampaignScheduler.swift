import Bus
import Contracts
import Logging
import ServiceLifecycle

/// Starts and completes campaigns when it is time, in every process, each campaign once.
struct CampaignScheduler: Service {
    private static let intervalMS = 250

    let campaigns: any CampaignRepository
    /// Says that the workspace has a new event.
    let announce: @Sendable (WorkspaceID) -> Void
    /// Says that there may be something to dial.
    let wake: @Sendable () -> Void
    let logger: Logger

    func run() async throws {
        await cancelWhenGracefulShutdown {
            while (try? await Task.sleep(for: .milliseconds(Self.intervalMS))) != nil {
                do {
                    try await advance()
                } catch {
                    if !Task.isCancelled {
                        logger.warning("campaigns cannot be moved on", metadata: ["cause": "\(error)"])
                    }
                }
            }
        }
    }

    func advance() async throws {
        for (workspaceID, id) in try await campaigns.overdue() {
            do {
                let view = try await campaigns.change(id, in: workspaceID) { campaign, _ in
                    Campaign.advanced(campaign, at: .now())
                }
                announce(workspaceID)
                wake()
                logger.info(
                    "campaign moved on",
                    metadata: ["campaign_id": "\(id)", "status": "\(view.campaign.status.rawValue)"])
            } catch let fault as Fault where fault.entry == .campaignNotFound {
                continue
            }
        }
    }
}
