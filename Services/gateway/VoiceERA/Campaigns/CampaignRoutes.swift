import Bus
import Contracts
import GatewayHTTP

/// Campaigns and their numbers.
enum CampaignRoutes {
    static let routes: [Route] = []
}
