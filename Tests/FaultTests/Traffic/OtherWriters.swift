import TestSupport

/// Makes clients, renames them and deletes some; each is touched by this writer alone.
struct ClientWriter: Sendable {
    let asker: Asker
    let tenants: [Tenant]
    var generator: SeededGenerator
    /// Tells the numbers of this writer's clients from those of others.
    let number: Int
    private var phoneCount = 0

    init(asker: Asker, tenants: [Tenant], seed: UInt64, number: Int) {
        self.asker = asker
        self.tenants = tenants
        self.number = number
        generator = SeededGenerator(seed: seed)
    }

    mutating func run() async {
        while !asker.isFinishing {
            let tenant = tenants.randomElement(using: &generator)!
            phoneCount += 1
            await live(tenant, phone: "+44\(7_000_000 + number * 100_000 + phoneCount)")
            try? await Task.sleep(for: .milliseconds(30))
        }
    }

    /// A client's life; the profession marks its row.
    private mutating func live(_ tenant: Tenant, phone: String) async {
        let name = asker.nextName()
        let answer = await asker.ask(
            .createClient, name: name, as: tenant, with: tenant.person, "POST", "/api/clients",
            body: ["name": "Version 0", "phone_number": JSON(phone), "profession": JSON(name)], key: "key-\(name)",
            retries: generator.chance(85))
        guard let id = answer?.json["client"]["id"].string else { return }
        let versions = Int.random(in: 0...2, using: &generator)
        for version in 0..<versions where !asker.isFinishing {
            await asker.ask(
                .updateClient, name: asker.nextName(), as: tenant, with: tenant.person, "PUT", "/api/clients/\(id)",
                body: ["name": JSON("Version \(version + 1)")])
        }
        guard generator.chance(40), !asker.isFinishing else { return }
        await asker.ask(
            .deleteClient, name: asker.nextName(), as: tenant, with: tenant.person, "DELETE", "/api/clients/\(id)",
            retries: generator.chance(85))
    }
}

/// Signs in and out, and makes and deletes API keys.
struct SessionWriter: Sendable {
    let asker: Asker
    let tenants: [Tenant]
    var generator: SeededGenerator

    mutating func run() async {
        while !asker.isFinishing {
            let tenant = tenants.randomElement(using: &generator)!
            if generator.chance(70) { await signIn(tenant) } else { await makeKey(tenant) }
            try? await Task.sleep(for: .milliseconds(30))
        }
    }

    private mutating func signIn(_ tenant: Tenant) async {
        let answer = await asker.ask(
            .logIn, name: asker.nextName(), as: tenant, with: tenant.person.with(.none), "POST", "/api/auth/login",
            body: ["email": JSON(tenant.email), "password": JSON(tenant.password)])
        guard let token = answer?.json["token"].string, generator.chance(50), !asker.isFinishing else { return }
        await asker.ask(
            .logOut, name: asker.nextName(), as: tenant, with: tenant.person.with(.token(token)), "POST",
            "/api/auth/logout", key: nil, retries: generator.chance(85), token: token)
    }

    private mutating func makeKey(_ tenant: Tenant) async {
        let name = asker.nextName()
        let answer = await asker.ask(
            .createKey, name: name, as: tenant, with: tenant.person, "POST", "/api/settings/api-keys",
            body: ["name": JSON(name), "scopes": ["read:calls"]], key: "key-\(name)", retries: generator.chance(85))
        guard let id = answer?.json["id"].string, generator.chance(50), !asker.isFinishing else { return }
        await asker.ask(
            .deleteKey, name: asker.nextName(), as: tenant, with: tenant.person, "DELETE",
            "/api/settings/api-keys/\(id)", retries: generator.chance(85))
    }
}

/// Looks at the dashboard all the time.
struct Reader: Sendable {
    let asker: Asker
    let tenants: [Tenant]
    var generator: SeededGenerator

    mutating func run() async {
        while !asker.isFinishing {
            let tenant = tenants.randomElement(using: &generator)!
            await asker.ask(
                .dashboard, name: asker.nextName(), as: tenant, with: tenant.agent, "GET", "/api/analytics/dashboard",
                retries: false)
            try? await Task.sleep(for: .milliseconds(40))
        }
    }
}
