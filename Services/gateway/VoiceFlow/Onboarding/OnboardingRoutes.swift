import Bus
import Contracts
import GatewayHTTP

/// From a company to an agent that answers. Each step can be taken again.
enum OnboardingRoutes {
    static let routes: [Route] = [
        .post("onboarding/company", needs: .writeAgents, "Say who the company is") { (body: CompanyBody, _) in
            SetCompany(profile: body.profile)
        } show: { _ in
            SuccessBody()
        },
        .post("onboarding/agent", needs: .writeAgents, "Make an agent, a draft until it is deployed") {
            (body: NewAgentBody, input) in
            CreateAgent(fields: body.fields, idempotency: input.idempotency)
        } show: {
            MadeAgentBody(id: $0.value.id)
        },
        .post("onboarding/voice", needs: .writeAgents, "Say how the agent speaks") { (body: VoiceBody, _) in
            SetUpAgent(agentID: body.agentID, step: .voice, fields: body.fields)
        } show: { _ in
            SuccessBody()
        },
        .post("onboarding/channels", needs: .writeAgents, "Say where the agent is reached") {
            (body: ChannelsBody, _) in
            SetUpAgent(agentID: body.agentID, step: .channels, fields: body.fields)
        } show: { _ in
            SuccessBody()
        },
        .post("onboarding/deploy", needs: .writeAgents, "Let the agent answer") { (body: DeployBody, _) in
            DeployAgent(agentID: body.agentID)
        } show: {
            DeployedBody(agent: $0)
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
