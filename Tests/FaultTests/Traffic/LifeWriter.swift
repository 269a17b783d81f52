import TestSupport

/// Records calls, moves each through its life, and deletes some; each is touched by this writer alone.
struct LifeWriter: Sendable {
    let asker: Asker
    /// A workspace of its own, whose calls other checks do not know.
    let tenant: Tenant
    var generator: SeededGenerator

    mutating func run() async {
        while !asker.isFinishing {
            await live()
            try? await Task.sleep(for: .milliseconds(5))
        }
    }

    private mutating func live() async {
        let name = asker.nextName()
        let client = generator.chance(50) ? tenant.person : tenant.agent
        let answer = await asker.ask(
            .recordCall, name: name, as: tenant, with: client, "POST", "/call-logs",
            body: ["phone_number": "+1-555-0200", "caller_name": JSON(name), "key_phrases": ["Billing issue"]],
            key: "key-\(name)", retries: generator.chance(85))
        guard let id = answer?.json["id"].string else { return }
        let end = generator.chance(75) ? "completed" : "failed"
        let statuses = ["ringing", "connected", end].filter { _ in generator.chance(85) }
        for status in statuses where !asker.isFinishing { await change(id, to: status, client) }
        guard generator.chance(30), !asker.isFinishing else { return }
        await asker.ask(
            .deleteCall, name: asker.nextName(), as: tenant, with: client, "DELETE", "/call-logs/\(id)",
            retries: generator.chance(85))
    }

    /// The summary names the request, so that it can be found again.
    private mutating func change(_ id: String, to status: String, _ client: APIClient) async {
        let name = asker.nextName()
        let phrases = ["Billing issue", "refund", "opening hours"].filter { _ in generator.chance(50) }
        await asker.ask(
            .changeCall, name: name, as: tenant, with: client, "PATCH", "/call-logs/\(id)",
            body: [
                "status": JSON(status), "summary": JSON(name), "key_phrases": .array(phrases.map { JSON($0) }),
                "cost": .number(Double(Int.random(in: 0...500, using: &generator)) / 1000),
            ], retries: generator.chance(85))
    }
}
