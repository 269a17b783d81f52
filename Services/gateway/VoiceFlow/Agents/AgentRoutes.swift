import Bus
import Contracts
import GatewayHTTP

/// Agents as their owners see them: what they are, and how they do.
enum AgentRoutes {
    static let routes: [Route] = [
        .pages("agents", needs: .readAgents, "All agents, newest first") { input in
            let (agents, next) = try await input.allAgents(from: try input.query.cursor())
            return (try await AgentStanding.of(agents, input).map { AgentBody(agent: $0) }, next)
        },
        .get("agents/{id}", needs: .readAgents, "One agent with all its settings") { input in
            let agent = try await input.ask(GetAgent(id: try input.id(orElse: .agentNotFound)))
            async let knowledge = input.ask(CountKnowledge(agentID: agent.id))
            return AgentDetailsBody(
                agent: try await AgentStanding.of([agent], input)[0], knowledge: try await knowledge)
        },
        .put("agents/{id}", needs: .writeAgents, "Change any subset of an agent's fields") {
            (body: ChangedAgentBody, input) in
            UpdateAgent(id: try input.id(orElse: .agentNotFound), fields: body.fields)
        } show: { _ in
            SuccessBody()
        },
        .delete("agents/{id}", needs: .deleteAgents, "Delete an agent; its calls stay") {
            DeleteAgent(id: try $0.id(orElse: .agentNotFound))
        } show: { _ in
            SuccessBody()
        },
        setting("agents/{id}/pause", to: .paused, "Let an agent answer no more for now"),
        setting("agents/{id}/activate", to: .active, "Let an agent answer"),
        settingAll("agents/pause-all", isPaused: true, "Pause every active agent"),
        settingAll("agents/activate-all", isPaused: false, "Activate every paused agent"),
    ]

    private static func setting(_ path: String, to status: AgentStatus, _ summary: String) -> Route {
        .post(path, needs: .writeAgents, summary) { input in
            var fields = AgentFields()
            fields.status = status
            return UpdateAgent(
                id: try input.id(orElse: .agentNotFound), fields: fields, idempotency: input.idempotency)
        } show: { _ in
            SuccessBody()
        }
    }

    private static func settingAll(_ path: String, isPaused: Bool, _ summary: String) -> Route {
        .post(path, needs: .writeAgents, summary) {
            SetAgentsPaused(isPaused: isPaused, idempotency: $0.idempotency)
        } show: { _ in
            SuccessBody()
        }
    }
}
