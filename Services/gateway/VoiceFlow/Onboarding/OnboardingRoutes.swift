import Bus
import Contracts
import GatewayHTTP

/// From a company to an agent that answers. Each step can be taken again.
enum OnboardingRoutes {
    static let routes: [Route] = [
        .post("onboarding/company", needs: .writeAgents, "Say who the company is") { (body: CompanyBody, input) in
            SetCompany(profile: body.profile, idempotency: input.idempotency)
        } show: { _ in
            SuccessBody()
        },
        .post("onboarding/agent", needs: .writeAgents, "Make an agent, a draft until it is deployed") {
            (body: NewAgentBody, input) in
            CreateAgent(fields: body.fields, idempotency: input.idempotency)
        } show: {
            MadeAgentBody(id: $0.value.id)
        },
        .post("onboarding/voice", needs: .writeAgents, "Say how the agent speaks") { (body: VoiceBody, input) in
            SetUpAgent(agentID: body.agentID, step: .voice, fields: body.fields, idempotency: input.idempotency)
        } show: { _ in
            SuccessBody()
        },
        .post("onboarding/channels", needs: .writeAgents, "Say where the agent is reached") {
            (body: ChannelsBody, input) in
            SetUpAgent(
                agentID: body.agentID, step: .channels, fields: body.fields, idempotency: input.idempotency)
        } show: { _ in
            SuccessBody()
        },
        .post("onboarding/deploy", needs: .writeAgents, "Let the agent answer") { (body: DeployBody, input) in
            DeployAgent(agentID: body.agentID, idempotency: input.idempotency)
        } show: {
            DeployedBody(agent: $0.value)
        },
        .get(
            "onboarding/status", needs: .readAgents, "Which step is missing",
            query: [QueryParameter("agent_id", .uuid, "Of this agent; of the newest draft when absent.")]
        ) {
            GetOnboarding(agentID: try $0.query.id("agent_id", orElse: .agentNotFound))
        } show: {
            OnboardingStatusBody(onboarding: $0)
        },
    ]
}
