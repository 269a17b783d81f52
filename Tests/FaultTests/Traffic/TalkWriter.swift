import TestSupport

/// Holds conversations one after the other: says something, now and then the same once more, ends and rates them. Each
/// is touched by this writer alone.
struct TalkWriter: Sendable {
    let asker: Asker
    let tenants: [Tenant]
    /// Between two requests.
    let pause: Duration
    var generator: SeededGenerator

    /// What was answered.
    private struct Said {
        let conversation: String
        let key: String
        let body: JSON
    }

    init(asker: Asker, tenants: [Tenant], pause: Duration, seed: UInt64) {
        self.asker = asker
        self.tenants = tenants
        self.pause = pause
        generator = SeededGenerator(seed: seed)
    }

    mutating func run() async {
        while !asker.isFinishing {
            let tenant = tenants.randomElement(using: &generator)!
            await hold(tenant, generator.chance(50) ? tenant.person : tenant.agent)
        }
    }

    private mutating func hold(_ tenant: Tenant, _ client: APIClient) async {
        let session = asker.nextName()
        var conversation: String?
        let count = Int.random(in: 1...5, using: &generator)
        for _ in 0..<count where !asker.isFinishing {
            guard let said = await say(in: session, tenant, client) else { continue }
            conversation = said.conversation
            if generator.chance(20), !asker.isFinishing {
                await asker.ask(
                    .replayMessage, name: asker.nextName(), as: tenant, with: client, "POST",
                    "/conversations/\(session)/message", body: said.body, key: said.key)
            }
        }
        guard let conversation, !asker.isFinishing else { return }
        if generator.chance(30) { await rate(conversation, tenant, client) }
        if generator.chance(85), !asker.isFinishing {
            await asker.ask(
                .endConversation, name: asker.nextName(), as: tenant, with: client, "POST",
                "/conversations/\(conversation)/end", body: [:], retries: generator.chance(85))
        }
        if generator.chance(50), !asker.isFinishing { await rate(conversation, tenant, client) }
    }

    /// - Returns: nil without an answer.
    private mutating func say(in session: String, _ tenant: Tenant, _ client: APIClient) async -> Said? {
        let name = asker.nextName()
        let question = Tenant.questions.randomElement(using: &generator)!
        let body: JSON = [
            "message": JSON("\(question) \(Self.mark(name))"), "agent_id": JSON(tenant.agentID),
        ]
        let key = "key-\(name)"
        let answer = await asker.ask(
            .message, name: name, as: tenant, with: client, "POST", "/conversations/\(session)/message", body: body,
            key: key, retries: generator.chance(85))
        try? await Task.sleep(for: pause)
        return answer?.json["conversation_id"].string.map { Said(conversation: $0, key: key, body: body) }
    }

    private mutating func rate(_ conversation: String, _ tenant: Tenant, _ client: APIClient) async {
        await asker.ask(
            .rateConversation, name: asker.nextName(), as: tenant, with: client, "POST",
            "/conversations/\(conversation)/rating", body: ["rating": JSON(Int.random(in: 1...5, using: &generator))],
            retries: generator.chance(85))
    }

    /// The number of a name in signs that are no words, so that a question that has it asks for the same as before.
    private static func mark(_ name: String) -> String {
        String(
            String.UnicodeScalarView(
                name.unicodeScalars.drop { $0 != "-" }.compactMap { digit in
                    digit == "-" ? "⠼" : Unicode.Scalar(0x2801 + digit.value - 0x30)
                }))
    }
}
