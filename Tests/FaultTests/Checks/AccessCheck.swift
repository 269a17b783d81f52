import TestSupport

/// Who was signed out, or whose key was deleted, is out; everybody else is in.
struct AccessCheck {
    let ledger: Ledger
    let tenants: [Tenant]

    func run(_ findings: inout Findings) async throws {
        try await checkSessions(&findings)
        try await checkKeys(&findings)
    }

    private func checkSessions(_ findings: inout Findings) async throws {
        let endings = Dictionary(
            ledger.of(.logOut).compactMap { logOut in logOut.token.map { ($0, logOut) } },
            uniquingKeysWith: { first, _ in first })
        for logIn in ledger.of(.logIn) {
            guard let token = logIn.answer?["token"].string else { continue }
            let status = try await tenants[logIn.tenant].person.with(.token(token)).get("/api/auth/me").status
            findings.checked()
            let expected: Set<Int>
            switch endings[token]?.verdict {
            case nil: expected = [200]
            case .answered?, .refused?: expected = [401]
            case .unanswered?: expected = [200, 401]
            }
            findings.require(
                expected.contains(status), .accessWrong, "the session of \(logIn.name) gets \(status), not \(expected)")
        }
    }

    private func checkKeys(_ findings: inout Findings) async throws {
        let deletions = Dictionary(
            ledger.of(.deleteKey).map { (String($0.path.split(separator: "/").last ?? ""), $0) },
            uniquingKeysWith: { first, _ in first })
        var listed: [[String: Int]] = []
        for tenant in tenants { listed.append(try await keyNames(of: tenant)) }
        for creation in ledger.of(.createKey) {
            let count = listed[creation.tenant][creation.name] ?? 0
            if count > 1 { findings.add(.storedTwice, "key \(creation.name) is there \(count) times") }
            guard let id = creation.answer?["id"].string, let key = creation.answer?["key"].string else { continue }
            let status = try await tenants[creation.tenant].person.with(.key(key)).get("/api/calls?limit=1").status
            findings.checked()
            let expected: Set<Int>
            switch deletions[id]?.verdict {
            case nil: expected = [200]
            case .answered?, .refused?: expected = [401]
            case .unanswered?: expected = [200, 401]
            }
            findings.require(
                expected.contains(status), .accessWrong, "the key \(creation.name) gets \(status), not \(expected)")
            findings.require(
                (count == 1) == (status == 200), .accessWrong, "the key \(creation.name) is listed \(count) times")
        }
    }

    private func keyNames(of tenant: Tenant) async throws -> [String: Int] {
        let answer = try await tenant.person.get("/api/settings/api-keys").json
        let keys = answer.array ?? answer["api_keys"].array ?? answer["keys"].array ?? []
        return Dictionary(keys.compactMap { $0["name"].string.map { ($0, 1) } }, uniquingKeysWith: +)
    }
}
