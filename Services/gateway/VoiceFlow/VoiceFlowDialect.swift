import Bus
import Contracts
import GatewayHTTP

/// The surface of the VoiceFlow product, at `/` beside another product's and under `/voiceflow`.
package struct VoiceFlowDialect: Dialect {
    package let name = "voiceflow"
    package let prefix: String
    package let routes: [Route]
    package let errorSchema = DefaultRefusal.schema

    /// What accounts made here are pinned to where the surfaces of two products collide.
    static let clientHint = "voiceflow"

    /// - Parameters:
    ///   - prefix: `/voiceflow`; empty for the root.
    ///   - common: routes that every surface has, and signing in and out, unless another dialect brings them.
    package init(prefix: String, common: [Route] = []) {
        self.prefix = prefix
        routes =
            [SignUp.route] + OnboardingRoutes.routes + [KnowledgeStep.route] + AgentRoutes.routes + CallRoutes.routes
            + [MessageRoute.route, MessageRoute.spoken]
            + AnalyticsRoutes.routes + common
    }

    package func spell(_ fault: Fault) -> Refusal {
        DefaultRefusal.of(fault)
    }
}
