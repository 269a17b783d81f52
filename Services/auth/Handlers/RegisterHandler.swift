import Bus
import Contracts

/// Makes a person, their workspace and their first session.
struct RegisterHandler {
    let accounts: any AccountRepository
    let passwords: any PasswordHashing
    let rules: PasswordRules
    let tokens: AccessTokens
    var now: @Sendable () -> Timestamp = { .now() }

    @Sendable func handle(_ request: Register, from caller: Caller) async throws -> SignedIn {
        let registration = try Registration(request, rules: rules)
        // Asked before the expensive hash; of several at once the unique key lets one through.
        guard try await !accounts.isTaken(registration.email) else { throw Fault(.emailTaken, field: "email") }
        let password = try await passwords.hash(registration.password)
        let now = now()
        let account = NewAccount(registration, password: password, tokens: tokens.terms, at: now)
        try await accounts.add(account)
        return try await tokens.mint(
            for: account.member, in: account.session.reference, until: account.session.tokensUntil, at: now)
    }
}
