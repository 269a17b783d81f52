import TestSupport

/// Gives agents documents to read.
struct DocumentWriter: Sendable {
    let asker: Asker
    let tenants: [Tenant]
    /// Between two documents.
    let pause: Duration
    var generator: SeededGenerator

    mutating func run() async {
        while !asker.isFinishing {
            let tenant = tenants.randomElement(using: &generator)!
            let name = asker.nextName()
            var form = FormBody()
            form.add("files", file: "\(name).txt", Array("The word of \(name) is \(tenant.canary).".utf8))
            form.add("agent_id", tenant.agentID)
            await asker.ask(
                .addDocument, name: name, as: tenant, with: tenant.person, "POST", "/onboarding/knowledge",
                body: ["name": JSON("\(name).txt")], sent: (FormBody.contentType, form.finished), key: "key-\(name)",
                retries: generator.chance(85))
            try? await Task.sleep(for: pause)
        }
    }
}

/// Takes agents from their first step to where they answer; each is touched by this writer alone.
struct DeploymentWriter: Sendable {
    let asker: Asker
    let tenants: [Tenant]
    /// Between two agents.
    let pause: Duration
    var generator: SeededGenerator

    mutating func run() async {
        while !asker.isFinishing {
            await deploy(in: tenants.randomElement(using: &generator)!)
            try? await Task.sleep(for: pause)
        }
    }

    private mutating func deploy(in tenant: Tenant) async {
        let name = asker.nextName()
        let made = await take(
            .makeAgent, "agent", ["name": JSON(name), "role": "Support", "channels": ["phone"]], name: name, tenant)
        guard let id = made?.json["agent_id"].string else { return }
        for (step, body) in Tenant.setUp(id) {
            guard !asker.isFinishing, await take(.setUpAgent, step, body, tenant)?.status == 200 else { return }
        }
        let times = generator.chance(30) ? 2 : 1
        for _ in 0..<times where !asker.isFinishing {
            _ = await take(.deployAgent, "deploy", ["agent_id": JSON(id)], tenant)
        }
    }

    private mutating func take(
        _ kind: OperationKind, _ step: String, _ body: [String: JSON], name: String? = nil, _ tenant: Tenant
    ) async -> APIAnswer? {
        let name = name ?? asker.nextName()
        return await asker.ask(
            kind, name: name, as: tenant, with: tenant.person, "POST", "/onboarding/\(step)", body: .object(body),
            key: "key-\(name)", retries: generator.chance(85))
    }
}
