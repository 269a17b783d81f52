import GatewayHTTP
import ReceptionistDialect
import VoiceERADialect

/// What the gateway serves, and under which prefixes.
struct Surfaces {
    let title: String
    let version: String
    let readiness: StackReadiness

    /// Every dialect with the routes that all of them have.
    var dialects: [any Dialect] {
        let health = HealthRoutes(version: version, readiness: readiness)
        let shared =
            APIKeyRoutes.routes + WorkspaceRoutes.routes(clientHint: "voicera") + [CallsExport.route]
            + CampaignNumberRoutes.routes + SuppressionRoutes.routes
        let surfaces: [any Dialect] = [
            VoiceERADialect(prefix: "", common: health.all + shared),
            VoiceERADialect(prefix: "/voicera", common: health.all + shared),
            ReceptionistDialect(common: [health.health] + shared),
        ]
        return surfaces.map { DocumentedDialect($0, title: title, version: version) }
    }
}
