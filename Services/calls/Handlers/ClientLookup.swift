import Bus
import Contracts
import Foundation

/// Finds the client of a call: in memory for a second at most, else in the copies, else by asking agents.
final class ClientLookup: Sendable {
    /// How long an entry counts without news.
    static let lifetimeMS = 1000
    /// Entries in memory; all are dropped when there are more.
    static let limit = 20_000

    private let copies: any ClientCopyRepository
    private let agents: any Asking
    private let cache = Cache()

    init(copies: any ClientCopyRepository, agents: any Asking) {
        self.copies = copies
        self.agents = agents
    }

    /// - Faults: `.clientNotFound` for an unknown, a deleted and another workspace's client; `.unavailable` when only
    ///   agents could tell and does not answer.
    func activeClient(_ id: ClientID, for caller: Caller) async throws -> ClientCopy {
        let workspaceID = try caller.requireWorkspace()
        let key = Key(workspaceID: workspaceID, id: id)
        let epoch: Int
        switch cache.find(key) {
        case .found(let copy): return try Self.checked(copy)
        case .missing(let current): epoch = current
        }
        if let copy = try await copies.copy(of: id, in: workspaceID) {
            cache.keep(copy, for: key, epoch: epoch)
            return try Self.checked(copy)
        }
        let record = try await agents.ask(GetClient(id: id), as: caller, within: 3000)
        let copy = ClientCopy(record, in: workspaceID)
        try await copies.keep(copy)
        cache.keep(copy, for: key, epoch: epoch)
        return try Self.checked(copy)
    }

    /// Forgets everything: clients have changed.
    func forget() {
        cache.forget()
    }

    private static func checked(_ copy: ClientCopy) throws -> ClientCopy {
        guard copy.isActive else { throw Fault(.clientNotFound) }
        return copy
    }
}

private struct Key: Hashable {
    let workspaceID: WorkspaceID
    let id: ClientID
}

private final class Cache: @unchecked Sendable {
    enum Answer {
        case found(ClientCopy)
        /// The epoch at which it was missed: what is read now must not be kept when clients changed meanwhile.
        case missing(epoch: Int)
    }

    private let lock = NSLock()
    private var entries: [Key: (copy: ClientCopy, until: Deadline)] = [:]
    private var epoch = 0

    func find(_ key: Key) -> Answer {
        lock.withLock {
            guard let entry = entries[key], !entry.until.hasPassed else { return .missing(epoch: epoch) }
            return .found(entry.copy)
        }
    }

    func keep(_ copy: ClientCopy, for key: Key, epoch: Int) {
        lock.withLock {
            guard epoch == self.epoch else { return }
            if entries.count >= ClientLookup.limit { entries = [:] }
            entries[key] = (copy, .after(milliseconds: ClientLookup.lifetimeMS))
        }
    }

    func forget() {
        lock.withLock {
            entries = [:]
            epoch += 1
        }
    }
}
