import Bus
import Contracts
import GatewayHTTP

/// The surface of the VoiceERA product, at `/` and under `/voicera`.
package struct VoiceERADialect: Dialect {
    package let name = "voicera"
    package let prefix: String
    package let routes: [Route]
    package let errorSchema = DefaultRefusal.schema
    package let offersEnvelope = true

    /// What accounts made here are pinned to where the surfaces of two products collide.
    static let clientHint = "voicera"

    /// - Parameters:
    ///   - prefix: `/voicera`; empty for the root.
    ///   - common: routes that every surface has, beside its own.
    package init(prefix: String, common: [Route] = []) {
        self.prefix = prefix
        routes =
            AccessRoutes.routes + AgentRoutes.routes + CallLogRoutes.routes + AnalyticsRoutes.routes
            + RecordingRoutes.routes + CampaignRoutes.routes + common
    }

    package func spell(_ fault: Fault) -> Refusal {
        DefaultRefusal.of(fault)
    }
}
