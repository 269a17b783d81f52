import Foundation
import Postgres
import TestSupport

/// Every document that was answered is there once and is read once; every agent that was deployed is active and keeps the
/// number that was answered, which nobody else has; every conversation that has ended is understood.
struct AgentWorkCheck {
    let ledger: Ledger
    let tenants: [Tenant]
    let stack: Stack
    let patience: Duration

    private struct Document {
        let id: String
        let status: String
        let passages: Int
        let found: Int
        let words: String
    }

    private struct Agent {
        let id: String
        let status: String
        let number: String?
    }

    private var ids: [UUID] { tenants.compactMap { UUID(uuidString: $0.workspaceID) } }

    func run(_ findings: inout Findings) async throws {
        try await awaitWork(&findings)
        for tenant in tenants {
            try await checkDocuments(of: tenant, &findings)
            try await checkAgents(of: tenant, &findings)
        }
        try await checkAnalyses(&findings)
    }

    /// What was taken by one who is dead need not be waited for: its time is over.
    private func awaitWork(_ findings: inout Findings) async throws {
        try await stack.query(
            """
            UPDATE agents.documents SET lease_until = '-infinity'
            WHERE workspace_id = ANY (\(ids)) AND status = 'processing'
            """)
        try await stack.query(
            "UPDATE calls.analyses SET due_at = clock_timestamp() WHERE workspace_id = ANY (\(ids))")
        let deadline = ContinuousClock.now + patience
        while true {
            let (documents, analyses) = try await stack.query(
                """
                SELECT (SELECT count(*) FROM agents.documents
                        WHERE workspace_id = ANY (\(ids)) AND status IN ('pending', 'processing')),
                    (SELECT count(*) FROM calls.analyses WHERE workspace_id = ANY (\(ids)))
                """)[0].decode((Int, Int).self)
            if documents + analyses == 0 { return }
            guard ContinuousClock.now < deadline else {
                return findings.add(
                    .copiesDiffer, "after \(patience) \(documents) documents wait and \(analyses) conversations")
            }
            try await Task.sleep(for: .milliseconds(50))
        }
    }

    private func checkDocuments(of tenant: Tenant, _ findings: inout Findings) async throws {
        let rows = try await stack.query(
            """
            SELECT name, id, status, passages::bigint,
                (SELECT count(*) FROM agents.passages AS p WHERE p.document_id = d.id),
                (SELECT coalesce(string_agg(body, ' '), '') FROM agents.passages AS p WHERE p.document_id = d.id)
            FROM agents.documents AS d
            WHERE workspace_id = \(UUID(uuidString: tenant.workspaceID)) AND kind = 'file'
            """)
        var stored: [String: [Document]] = [:]
        for row in rows {
            let (name, id, status, passages, found, words) = try row.decode(
                (String, UUID, String, Int, Int, String).self)
            stored[name, default: []].append(
                Document(
                    id: id.uuidString.lowercased(), status: status, passages: passages, found: found, words: words))
        }
        for added in ledger.of(.addDocument) where added.tenant == tenant.number {
            let found = stored.removeValue(forKey: "\(added.name).txt") ?? []
            if found.count > 1 { findings.add(.storedTwice, "document \(added.name) is there \(found.count) times") }
            for document in found { check(document, tenant, &findings) }
            guard let id = added.answer?["documents"][0]["id"].string else { continue }
            findings.checked()
            findings.require(
                found.first?.id == id, .answeredMissing, "document \(id) (\(added.name)) was answered")
        }
        findings.require(stored.isEmpty, .unknownRow, "documents that nobody added: \(stored.keys.prefix(3))")
    }

    private func check(_ document: Document, _ tenant: Tenant, _ findings: inout Findings) {
        findings.require(
            document.status == "ready" && document.passages == 1 && document.found == 1
                && document.words.contains(tenant.canary), .wrongContent,
            "document \(document.id) is \(document.status) with \(document.found) of \(document.passages) passages")
    }

    private func checkAgents(of tenant: Tenant, _ findings: inout Findings) async throws {
        let rows = try await stack.query(
            """
            SELECT name, id, status, phone_number FROM agents.agents
            WHERE workspace_id = \(UUID(uuidString: tenant.workspaceID)) AND deleted_at IS NULL
            """)
        var stored: [String: [Agent]] = [:]
        var numbers: [String] = []
        for row in rows {
            let (name, id, status, number) = try row.decode((String, UUID, String, String?).self)
            stored[name, default: []].append(
                Agent(id: id.uuidString.lowercased(), status: status, number: number))
            if let number { numbers.append(number) }
        }
        findings.require(
            Set(numbers).count == numbers.count, .storedTwice, "numbers of several agents among \(numbers.sorted())")
        let deployments = Dictionary(
            grouping: ledger.of(.deployAgent), by: { $0.body["agent_id"].string ?? "" })
        for making in ledger.of(.makeAgent) where making.tenant == tenant.number {
            let found = stored[making.name] ?? []
            if found.count > 1 { findings.add(.storedTwice, "agent \(making.name) is there \(found.count) times") }
            guard let id = making.answer?["agent_id"].string else { continue }
            findings.checked()
            guard let agent = found.first, agent.id == id else {
                findings.add(.answeredMissing, "agent \(id) (\(making.name)) was answered")
                continue
            }
            check(agent, after: deployments[id] ?? [], &findings)
        }
    }

    private func check(_ agent: Agent, after deployments: [Ledger.Operation], _ findings: inout Findings) {
        let answers = deployments.compactMap(\.answer)
        findings.checked(answers.count)
        if deployments.isEmpty || !answers.isEmpty {
            findings.require(
                (agent.status == "active") == !answers.isEmpty && (agent.number != nil) == !answers.isEmpty,
                .wrongContent,
                "agent \(agent.id) is \(agent.status) at \(agent.number ?? "-") after \(answers.count) deployments")
        }
        for answer in answers {
            findings.require(
                answer["phone_number"].string == agent.number, .wrongContent,
                "agent \(agent.id) was given \(answer["phone_number"]) and has \(agent.number ?? "no number")")
        }
    }

    private func checkAnalyses(_ findings: inout Findings) async throws {
        let talks = try await StoredTalk.all(of: tenants, on: stack)
        let left = talks.filter { $0.isEnded && !$0.transcript.isEmpty && !$0.isAnalysed }
        findings.require(
            left.isEmpty, .answeredMissing, "\(left.count) conversations have ended and nobody made out what was said")
    }
}
