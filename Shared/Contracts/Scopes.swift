import Bus

/// What a credential may do within its workspace.
package struct Scopes: OptionSet, Hashable, Sendable, Codable {
    package let rawValue: UInt32

    package init(rawValue: UInt32) {
        self.rawValue = rawValue
    }

    package static let readAgents = Scopes(rawValue: 1 << 0)
    package static let writeAgents = Scopes(rawValue: 1 << 1)
    package static let deleteAgents = Scopes(rawValue: 1 << 2)
    package static let readCampaigns = Scopes(rawValue: 1 << 3)
    package static let writeCampaigns = Scopes(rawValue: 1 << 4)
    package static let readCalls = Scopes(rawValue: 1 << 5)
    package static let writeCalls = Scopes(rawValue: 1 << 6)
    package static let admin = Scopes(rawValue: 1 << 7)

    /// Each scope with the name that tokens, API keys and answers show, in the order of the bits.
    package static let named: [(name: String, scope: Scopes)] = [
        ("read:agents", .readAgents), ("write:agents", .writeAgents), ("delete:agents", .deleteAgents),
        ("read:campaigns", .readCampaigns), ("write:campaigns", .writeCampaigns), ("read:calls", .readCalls),
        ("write:calls", .writeCalls), ("admin", .admin),
    ]

    package var names: [String] {
        Self.named.filter { contains($0.scope) }.map(\.name)
    }

    /// Nil when a name is not one of `named`.
    package init?(names: [String]) {
        var scopes = Scopes()
        for name in names {
            guard let entry = Self.named.first(where: { $0.name == name }) else { return nil }
            scopes.insert(entry.scope)
        }
        self = scopes
    }

    /// Whether this credential may do what needs `needed`; `admin` may do everything.
    package func allow(_ needed: Scopes) -> Bool {
        contains(.admin) || isSuperset(of: needed)
    }
}

extension Caller {
    package var grantedScopes: Scopes { Scopes(rawValue: scopes) }
}

/// What a person is within a workspace.
package enum Role: String, Sendable, Codable, CaseIterable {
    case admin
    case user

    /// `admin` has all scopes, `user` every read and `write:calls`.
    package var scopes: Scopes {
        switch self {
        case .admin:
            [
                .readAgents, .writeAgents, .deleteAgents, .readCampaigns, .writeCampaigns, .readCalls, .writeCalls,
                .admin,
            ]
        case .user: [.readAgents, .readCampaigns, .readCalls, .writeCalls]
        }
    }
}
