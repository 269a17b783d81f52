import Foundation
import TestSupport

extension Tenant {
    /// What its agent is asked, and knows the answer to.
    static let questions = ["When are you open?", "How much is a cleaning?", "Where are you located?"]

    /// Registers a workspace whose agent is deployed and has read what it is to know.
    static func talking(_ number: Int, on stack: Stack) async throws -> Tenant {
        var tenant = try await registered(number, on: stack, clients: 0)
        func take(_ step: String, _ body: [String: JSON]) async throws -> JSON {
            try await tenant.person.post("/onboarding/\(step)", .object(body)).expect(200).json
        }
        let company: [String: JSON] = ["company_name": "Acme", "industry": "Health", "use_case": "Bookings"]
        _ = try await take("company", company)
        let name = JSON("Ada \(tenant.canary)")
        let made = try await take("agent", ["name": name, "role": "Support", "channels": ["phone", "chat"]])
        guard let id = made["agent_id"].string else { throw APIFailure("no agent was made") }
        tenant.agentID = id
        for (step, body) in setUp(id) { _ = try await take(step, body) }
        var form = FormBody()
        form.add(
            "faq_text",
            zip(questions, ["From nine to five", "It costs 95 dollars", "We are located at 12 Main Street"])
                .map { "Q: \($0)\nA: \($1), says \(tenant.canary)." }.joined(separator: "\n\n"))
        form.add("agent_id", id)
        let added = try await tenant.person.post("/onboarding/knowledge", form: form).expect(200).json
        try await tenant.awaitReading(of: added["documents"][0]["id"].string ?? "")
        _ = try await take("deploy", ["agent_id": JSON(id)])
        return tenant
    }

    /// The steps between an agent's making and its deployment.
    static func setUp(_ agentID: String) -> [(step: String, body: [String: JSON])] {
        [
            ("voice", ["agent_id": JSON(agentID), "voice": "af_sarah", "tone": "calm", "language": "en"]),
            ("channels", ["agent_id": JSON(agentID), "chat_widget": ["enabled": true]]),
        ]
    }

    private func awaitReading(of document: String) async throws {
        for _ in 0..<400 {
            let shown = try await person.get("/knowledge/\(document)").expect(200).json
            if shown["status"] == "ready" { return }
            try await Task.sleep(for: .milliseconds(25))
        }
        throw APIFailure("document \(document) was not read")
    }
}
