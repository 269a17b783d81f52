import Bus
import Contracts
import Foundation
import TestSupport
import Testing

extension RealStack {
    /// Agents are deployed while the service that does it is killed in each of its steps.
    @Suite struct DeploymentUnderKills {
        private static let phases = [
            "agents.number-chosen", "agents.before-commit", "agents.commit-sent", "agents.committed-unanswered",
        ]

        /// Two at a time want a number, so that the one that lives may take what the other one had chosen.
        @Test func `each is deployed once and has a number of its own, and no number is lost`() async throws {
            let pool = (0..<2 * Self.phases.count).map { "+1555030\($0)" }
            var options = Stack.Options()
            options.serviceEnvironment["agents"] = ["PHONE_NUMBER_POOL": pool.joined(separator: ",")]
            try await Stack.with(options) { stack in
                var given: [String] = []
                for phase in Self.phases {
                    let people = [try await Self.ready(stack.api), try await Self.ready(stack.api)]
                    try await stack.restart("agents", failpoint: "\(phase):kill@1")
                    async let first = Self.deploy(people[0])
                    async let second = Self.deploy(people[1])
                    given += [try await first, try await second]
                    #expect(await stack["agents"].hasFired, "\(phase)")
                    for person in people { try await Self.check(person, on: stack) }
                }
                #expect(given.sorted() == pool, "each number of the pool was given once")
                let late = try await Self.ready(stack.api)
                let refused = try await late.api.post("/onboarding/deploy", ["agent_id": JSON(late.agent)])
                #expect(refused.status == 409, "\(refused.text)")
                let verify = try await stack.run("analytics", "verify", within: .seconds(60))
                #expect(verify.output.contains("0 differences"))
            }
        }

        private struct Person {
            let api: APIClient
            let agent: String
        }

        /// Somebody whose agent wants nothing but to be deployed.
        private static func ready(_ api: APIClient) async throws -> Person {
            let account: JSON = [
                "email": JSON("\(newUUID())@example.com"), "password": "secret1", "company_name": "Acme",
            ]
            let token = try await api.post("/auth/signup", account).expect(200).json["token"].string ?? ""
            let api = api.with(.token(token))
            let company: JSON = ["company_name": "Acme", "industry": "Health", "use_case": "Bookings"]
            try await api.post("/onboarding/company", company).expect(200)
            let made = try await api.post(
                "/onboarding/agent", ["name": "Ada", "role": "Support", "channels": ["phone", "chat"]]
            ).expect(200).json
            try await api.post("/onboarding/voice", ["voice": "a", "tone": "b", "language": "en"]).expect(200)
            try await api.post("/onboarding/channels", ["chat_widget": ["enabled": true]]).expect(200)
            return Person(api: api, agent: made["agent_id"].string ?? "")
        }

        /// As a client does: the same request under the same key until it is answered.
        /// - Returns: the number.
        private static func deploy(_ person: Person) async throws -> String {
            let key = newUUID()
            var number: String?
            try await eventually(within: .seconds(30), "the agent is deployed") {
                let answer = try? await person.api.post(
                    "/onboarding/deploy", ["agent_id": JSON(person.agent)], key: key)
                number = answer?.json["phone_number"].string
                return answer?.status == 200
            }
            return number ?? ""
        }

        /// It is active once, with one number, and its events tell each of its versions once.
        private static func check(_ person: Person, on stack: Stack) async throws {
            let again = try await person.api.post("/onboarding/deploy", ["agent_id": JSON(person.agent)]).expect(200)
            let rows = try await stack.query(
                """
                SELECT workspace_id, version, phone_number, phone_simulated FROM agents.agents
                WHERE id = \(UUID(uuidString: person.agent)) AND status = 'active' AND deployed_at IS NOT NULL
                """)
            #expect(rows.count == 1)
            let (workspace, version, number, isSimulated) = try rows[0].decode((UUID, Int, String, Bool).self)
            #expect(again.json["phone_number"].string == number && !isSimulated)
            let events = try await stack.query(
                """
                SELECT payload FROM agents.events
                WHERE workspace_id = \(workspace) AND kind = \(AgentChanged.kind) ORDER BY number
                """
            ).map { try AgentChanged.decoded(from: try $0.decode([UInt8].self, at: 0)) }
            #expect(events.map(\.after.version) == Array(1...version))
            #expect(events.count { $0.before?.status == .draft && $0.after.status == .active } == 1)
            #expect(events.last?.after.presence.phoneNumber == number)
        }
    }
}
