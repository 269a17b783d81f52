import Bus
import Contracts
import GatewayHTTP

/// Recordings of calls.
enum RecordingRoutes {
    static let routes: [Route] = []
}
