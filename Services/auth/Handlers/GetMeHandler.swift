import Bus
import Contracts

/// The caller as a person.
struct GetMeHandler {
    let accounts: any AccountRepository

    @Sendable func handle(_ request: GetMe, from caller: Caller) async throws -> PersonRecord {
        guard case .person(let id, _) = caller.identity,
            let member = try await accounts.member(PersonID(id), of: try caller.requireWorkspace())
        else { throw Fault(.personNotFound) }
        return member.person
    }
}
