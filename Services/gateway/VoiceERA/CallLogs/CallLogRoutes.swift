import Bus
import Contracts
import GatewayHTTP

/// Call logs.
enum CallLogRoutes {
    static let routes: [Route] = []
}
