import Bus
import Contracts

/// Makes a person and their workspace, and for `Register` their first session too.
struct RegisterHandler {
    let accounts: any AccountRepository
    let passwords: any PasswordHashing
    let rules: PasswordRules
    let tokens: AccessTokens
    var now: @Sendable () -> Timestamp = { .now() }

    @Sendable func handle(_ request: Register, from caller: Caller) async throws -> SignedIn {
        var account = try await account(request)
        let session = account.signIn(tokens: tokens.terms)
        try await accounts.add(account)
        return try await tokens.mint(for: account.member, in: session)
    }

    @Sendable func open(_ request: OpenAccount, from caller: Caller) async throws -> PersonRecord {
        let account = try await account(request.registration)
        try await accounts.add(account)
        return account.member.person
    }

    private func account(_ request: Register) async throws -> NewAccount {
        let registration = try Registration(request, rules: rules)
        // Asked before the expensive hash; of several at once the unique key lets one through.
        guard try await !accounts.isTaken(registration.email) else { throw Fault(.emailTaken, field: "email") }
        let password = try await passwords.hash(registration.password)
        return NewAccount(registration, password: password, at: now())
    }
}
