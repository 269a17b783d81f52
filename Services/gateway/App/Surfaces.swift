import GatewayHTTP
import ReceptionistDialect
import VoiceERADialect
import VoiceFlowDialect

/// What the gateway serves, and under which prefixes.
struct Surfaces {
    let title: String
    let version: String
    let readiness: StackReadiness
    let tickets: LiveTickets

    /// Where live connections are opened.
    static let livePaths: Set<String> = ["/ws", "/voiceflow/ws"]

    /// Every dialect with the routes that all of them have.
    var dialects: [any Dialect] {
        let health = HealthRoutes(version: version, readiness: readiness)
        func shared(_ clientHint: String) -> [Route] {
            APIKeyRoutes.routes + WorkspaceRoutes.routes(clientHint: clientHint) + [CallsExport.route]
                + CampaignNumberRoutes.routes + SuppressionRoutes.routes + ConversationRoutes.routes
                + KnowledgeRoutes.routes + [tickets.route]
        }
        let atRoot = VoiceERADialect(prefix: "", common: health.all + shared("voicera"))
        let besideIt = VoiceFlowDialect(prefix: "")
        let surfaces: [any Dialect] = [
            VoiceERADialect(prefix: "/voicera", common: health.all + shared("voicera")),
            VoiceFlowDialect(prefix: "/voiceflow", common: SignInRoutes.routes + [health.health] + shared("voiceflow")),
            ReceptionistDialect(common: [health.health] + shared("voicera")),
        ]
        return [DocumentedDialect(atRoot, beside: besideIt, title: title, version: version), besideIt]
            + surfaces.map { DocumentedDialect($0, title: title, version: version) }
    }
}
