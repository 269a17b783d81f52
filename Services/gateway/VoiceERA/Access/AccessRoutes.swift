import Bus
import Contracts
import GatewayHTTP

/// Accounts and sessions.
enum AccessRoutes {
    static let routes: [Route] = []
}
