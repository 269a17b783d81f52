import Contracts

extension AccessRevoked {
    /// A session that has ended. Remembered as long as one of its tokens could be used.
    static func session(_ id: SessionID, tokensUntil: Timestamp, tokens: TokenTerms, at now: Timestamp) -> AccessRevoked
    {
        AccessRevoked(sessionID: id, forgetAfter: max(tokensUntil, now.adding(seconds: tokens.tokenSeconds)))
    }

    /// A person whose tokens of older generations are void.
    static func person(
        _ id: PersonID, generation: Int, tokensUntil: Timestamp?, tokens: TokenTerms, at now: Timestamp
    ) -> AccessRevoked {
        let lastExpiry = now.adding(seconds: tokens.tokenSeconds)
        return AccessRevoked(
            personID: id, generation: generation, forgetAfter: max(tokensUntil ?? lastExpiry, lastExpiry))
    }

    /// A key that was deleted. Gateways that start later never hear of the key at all.
    static func apiKey(_ id: APIKeyID, tokens: TokenTerms, at now: Timestamp) -> AccessRevoked {
        AccessRevoked(apiKeyID: id, forgetAfter: now.adding(seconds: tokens.tokenSeconds))
    }
}

/// Why a person's tokens are all void at once.
enum GenerationReason: Sendable, CaseIterable {
    case passwordChanged
    case roleChanged
    case accountDisabled
}
