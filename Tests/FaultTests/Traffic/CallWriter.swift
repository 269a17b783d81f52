import TestSupport

/// Logs calls one after the other: most with a key, some with an id, some in batches, some wrong on purpose.
struct CallWriter: Sendable {
    let asker: Asker
    let tenants: [Tenant]
    var generator: SeededGenerator

    /// Answered calls that may be asked for again.
    private var answered: [(tenant: Tenant, client: APIClient, key: String, body: JSON, id: String)] = []

    init(asker: Asker, tenants: [Tenant], seed: UInt64) {
        self.asker = asker
        self.tenants = tenants
        generator = SeededGenerator(seed: seed)
    }

    mutating func run() async {
        while !asker.isFinishing {
            let tenant = tenants.randomElement(using: &generator)!
            let client = generator.chance(50) ? tenant.person : tenant.agent
            switch Int.random(in: 0..<100, using: &generator) {
            case 0..<62: await logOne(tenant, client)
            case 62..<74: await logBatch(tenant, client)
            case 74..<80: await logWrongOne(tenant, client)
            case 80..<88: await repeatOne()
            case 88..<92: await reuseKey()
            default: await readOne()
            }
        }
    }

    private mutating func logOne(_ tenant: Tenant, _ client: APIClient) async {
        let name = asker.nextName()
        var body = CallText.body(
            name: name, clientID: tenant.clientIDs.randomElement(using: &generator)!, using: &generator)
        let hasID = generator.chance(30)
        if hasID { body["id"] = JSON(CallText.id(using: &generator)) }
        let key = hasID ? nil : "key-\(name)"
        let answer = await asker.ask(
            .call, name: name, as: tenant, with: client, "POST", "/api/calls", body: .object(body), key: key,
            retries: generator.chance(85))
        guard let key, answered.count < 200, let id = answer?.json["call"]["id"].string else { return }
        answered.append((tenant, client, key, .object(body), id))
    }

    private mutating func logBatch(_ tenant: Tenant, _ client: APIClient) async {
        let name = asker.nextName()
        let hasIDs = generator.chance(40)
        let items = (0..<Int.random(in: 2...24, using: &generator)).map { index -> JSON in
            let itemName = "\(name).\(index)"
            var body = CallText.body(
                name: itemName, clientID: tenant.clientIDs.randomElement(using: &generator)!, using: &generator)
            if hasIDs { body["id"] = JSON(CallText.id(using: &generator)) }
            return .object(generator.chance(6) ? CallText.spoiled(body, using: &generator) : body)
        }
        let lines = generator.chance(50) ? Array(items.map(\.bytes).joined(separator: [UInt8(ascii: "\n")])) : nil
        await asker.ask(
            .batch, name: name, as: tenant, with: client, "POST", "/api/calls/batch", body: .array(items),
            sent: lines.map { ("application/x-ndjson", $0) }, key: hasIDs ? nil : "key-\(name)",
            retries: generator.chance(85))
    }

    private mutating func logWrongOne(_ tenant: Tenant, _ client: APIClient) async {
        let name = asker.nextName()
        let body = CallText.body(name: name, clientID: tenant.clientIDs[0], using: &generator)
        await asker.ask(
            .badCall, name: name, as: tenant, with: client, "POST", "/api/calls",
            body: .object(CallText.spoiled(body, using: &generator)), key: "key-\(name)")
    }

    private mutating func repeatOne() async {
        guard let call = answered.randomElement(using: &generator) else { return }
        await asker.ask(
            .replay, name: asker.nextName(), as: call.tenant, with: call.client, "POST", "/api/calls",
            body: call.body, key: call.key)
    }

    private mutating func reuseKey() async {
        guard let call = answered.randomElement(using: &generator), var body = call.body.object else { return }
        let name = asker.nextName()
        body["caller_name"] = JSON(name)
        await asker.ask(
            .reuse, name: name, as: call.tenant, with: call.client, "POST", "/api/calls", body: .object(body),
            key: call.key)
    }

    private mutating func readOne() async {
        guard let call = answered.randomElement(using: &generator) else { return }
        await asker.ask(
            .readCall, name: asker.nextName(), as: call.tenant, with: call.client, "GET", "/api/calls/\(call.id)")
    }
}
