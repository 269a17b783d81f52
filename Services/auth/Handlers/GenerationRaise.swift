import Contracts

/// Makes everything void that a person has in hands: tokens and sessions alike. For a changed password, a changed role
/// and a disabled account.
struct GenerationRaise: Sendable {
    let accounts: any AccountRepository
    let terms: TokenTerms
    /// Tells gateways that a workspace's events have grown.
    let announce: @Sendable (WorkspaceID) -> Void

    /// - Parameter workspaceID: one that the person belongs to; its log carries the event.
    /// - Returns: the new generation.
    /// - Throws: `.personNotFound`.
    @discardableResult
    func perform(
        on personID: PersonID, in workspaceID: WorkspaceID, because reason: GenerationReason, by actor: String,
        at now: Timestamp
    ) async throws -> Int {
        let entry = AuditEntry(
            workspaceID: workspaceID, at: now, kind: reason.auditKind, actor: actor, subject: personID.description)
        let terms = terms
        let generation = try await accounts.raiseGeneration(of: personID, in: workspaceID, recording: entry) {
            .person(personID, generation: $0, tokensUntil: $1, tokens: terms, at: now)
        }
        announce(workspaceID)
        return generation
    }
}

extension GenerationReason {
    fileprivate var auditKind: AuditEntry.Kind {
        switch self {
        case .passwordChanged: .passwordChanged
        case .roleChanged: .roleChanged
        case .accountDisabled: .accountDisabled
        }
    }
}
