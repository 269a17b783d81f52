import Bus
import Contracts
import Foundation

/// What the service knows of a thing that agents owns.
protocol OwnedCopy: Sendable {
    associatedtype Entity
    var workspaceID: WorkspaceID { get }
    var id: Identifier<Entity> { get }
    /// False once it is deleted: it takes no new calls and keeps its old ones.
    var isActive: Bool { get }
}

/// Finds what a call names: in memory for a second at most, else in the copies, else by asking agents.
final class CopyLookup<Copy: OwnedCopy>: Sendable {
    private let read: @Sendable (Identifier<Copy.Entity>, WorkspaceID) async throws -> Copy?
    private let keep: @Sendable (Copy) async throws -> Void
    private let ask: @Sendable (Identifier<Copy.Entity>, Caller) async throws -> Copy
    private let missing: FaultCode
    private let cache = CopyCache<Copy>()

    /// - Parameters:
    ///   - read, keep: of the copies.
    ///   - ask: of the owner.
    ///   - missing: the fault for one that is not there.
    init(
        missing: FaultCode, read: @escaping @Sendable (Identifier<Copy.Entity>, WorkspaceID) async throws -> Copy?,
        keep: @escaping @Sendable (Copy) async throws -> Void,
        ask: @escaping @Sendable (Identifier<Copy.Entity>, Caller) async throws -> Copy
    ) {
        self.missing = missing
        self.read = read
        self.keep = keep
        self.ask = ask
    }

    /// - Faults: not found for an unknown, a deleted and another workspace's one; `.unavailable` when only agents could
    ///   tell and does not answer.
    func active(_ id: Identifier<Copy.Entity>, for caller: Caller) async throws -> Copy {
        let workspaceID = try caller.requireWorkspace()
        let key = CopyCache<Copy>.Key(workspaceID: workspaceID, id: id)
        let epoch: Int
        switch cache.find(key) {
        case .found(let copy): return try checked(copy)
        case .missing(let current): epoch = current
        }
        if let copy = try await read(id, workspaceID) {
            cache.keep(copy, for: key, epoch: epoch)
            return try checked(copy)
        }
        let copy = try await ask(id, caller)
        try await keep(copy)
        cache.keep(copy, for: key, epoch: epoch)
        return try checked(copy)
    }

    /// Forgets everything: something has changed.
    func forget() {
        cache.forget()
    }

    private func checked(_ copy: Copy) throws -> Copy {
        guard copy.isActive else { throw Fault(missing) }
        return copy
    }
}

typealias ClientLookup = CopyLookup<ClientCopy>
typealias AgentLookup = CopyLookup<AgentCopy>
typealias CampaignLookup = CopyLookup<CampaignCopy>

extension ClientLookup {
    convenience init(copies: any ClientCopyRepository, agents: any Asking) {
        self.init(
            missing: .clientNotFound, read: { try await copies.copy(of: $0, in: $1) },
            keep: { try await copies.keep($0) },
            ask: { id, caller in
                ClientCopy(
                    try await agents.ask(GetClient(id: id), as: caller, within: 3000), in: try caller.requireWorkspace()
                )
            })
    }
}

extension AgentLookup {
    convenience init(copies: PostgresAgentCopyRepository, agents: any Asking) {
        self.init(
            missing: .agentNotFound, read: { try await copies.copy(of: $0, in: $1) },
            keep: { try await copies.keep($0) },
            ask: { id, caller in
                AgentCopy(
                    try await agents.ask(GetAgent(id: id), as: caller, within: 3000), in: try caller.requireWorkspace())
            })
    }
}

extension CampaignLookup {
    convenience init(copies: PostgresCampaignCopyRepository, agents: any Asking) {
        self.init(
            missing: .campaignNotFound, read: { try await copies.copy(of: $0, in: $1) },
            keep: { try await copies.keep($0) },
            ask: { id, caller in
                let view = try await agents.ask(GetCampaign(id: id), as: caller, within: 3000)
                return CampaignCopy(CampaignSketch(view.campaign), in: try caller.requireWorkspace())
            })
    }
}

private final class CopyCache<Copy: OwnedCopy>: @unchecked Sendable {
    struct Key: Hashable {
        let workspaceID: WorkspaceID
        let id: Identifier<Copy.Entity>
    }

    enum Answer {
        case found(Copy)
        /// The epoch at which it was missed: what is read now must not be kept when something changed meanwhile.
        case missing(epoch: Int)
    }

    /// How long an entry counts without news.
    private let lifetimeMS = 1000
    /// Entries in memory; all are dropped when there are more.
    private let limit = 20_000
    private let lock = NSLock()
    private var entries: [Key: (copy: Copy, until: Deadline)] = [:]
    private var epoch = 0

    func find(_ key: Key) -> Answer {
        lock.withLock {
            guard let entry = entries[key], !entry.until.hasPassed else { return .missing(epoch: epoch) }
            return .found(entry.copy)
        }
    }

    func keep(_ copy: Copy, for key: Key, epoch: Int) {
        lock.withLock {
            guard epoch == self.epoch else { return }
            if entries.count >= limit { entries = [:] }
            entries[key] = (copy, .after(milliseconds: lifetimeMS))
        }
    }

    func forget() {
        lock.withLock {
            entries = [:]
            epoch += 1
        }
    }
}
