import Bus
import Contracts
import GatewayHTTP

/// Statistics.
enum AnalyticsRoutes {
    static let routes: [Route] = []
}
