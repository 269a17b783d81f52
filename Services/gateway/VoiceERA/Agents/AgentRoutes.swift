import Bus
import Contracts
import GatewayHTTP
import Hummingbird

/// Agents, and what a voice server needs to run one.
enum AgentRoutes {
    static let routes: [Route] = [
        .get(
            "agents", needs: .readAgents, "Agents, newest first", query: AgentsBody.query, show: AgentsBody.page),
        making,
        reading("agents/{id}", "One agent", AgentBody.init),
        updating,
        .remove("agents/{id}", needs: .deleteAgents, "Delete an agent; its calls stay") {
            DeleteAgent(id: try $0.id(orElse: .agentNotFound), expectedVersion: try $0.expectedVersion())
        }.versioned.conflicting,
        reading("agents/{id}/config", "What a voice server needs to run the agent", AgentConfigBody.init),
    ]

    private static let making: Route = {
        var route = Route(
            .post, "agents", needs: .writeAgents, status: .created, summary: "Make an agent",
            answer: .json(AgentBody.schema)
        ) { input in
            let body = try input.json(NewAgentBody.self)
            let outcome = try await input.ask(CreateAgent(fields: body.fields, idempotency: input.idempotency))
            var answer = Answer(.created, AgentBody(outcome.value))
            answer.headers[.eTag] = outcome.value.entityTag
            answer.isReplayed = outcome.isReplayed
            return answer
        }
        route.body = .json(NewAgentBody.schema)
        return route.versioned
    }()

    private static let updating: Route = {
        var route = Route(
            .put, "agents/{id}", needs: .writeAgents, status: .ok, summary: "Change any subset of an agent's fields",
            answer: .json(AgentBody.schema)
        ) { input in
            let body = try input.json(ChangedAgentBody.self)
            let agent = try await input.ask(
                UpdateAgent(
                    id: try input.id(orElse: .agentNotFound), fields: body.fields,
                    expectedVersion: try input.expectedVersion())
            ).value
            var answer = Answer(.ok, AgentBody(agent))
            answer.headers[.eTag] = agent.entityTag
            return answer
        }
        route.body = .json(ChangedAgentBody.schema)
        return route.versioned
    }()

    private static func reading<Shown: JSONShown>(
        _ path: String, _ summary: String, _ show: @escaping @Sendable (AgentRecord) -> Shown
    ) -> Route {
        Route(.get, path, needs: .readAgents, status: .ok, summary: summary, answer: .json(Shown.schema)) { input in
            let agent = try await input.ask(GetAgent(id: try input.id(orElse: .agentNotFound)))
            var answer = Answer(.ok, show(agent))
            answer.headers[.eTag] = agent.entityTag
            return answer
        }.versioned
    }
}

extension AgentRecord {
    var entityTag: String { "\"\(version)\"" }
}
