import Bus
import Contracts
import Foundation
import Logging
import NIOConcurrencyHelpers

/// This gateway's copy of what auth has revoked: a snapshot, then every change, within a second of it.
///
/// While the copy may be older than its limit nobody's credential is taken, because it might have been revoked.
package final class RevocationList: Sendable {
    private struct Entries {
        var sessions: [SessionID: Timestamp] = [:]
        var generations: [PersonID: (lowestGood: Int, forgetAfter: Timestamp)] = [:]
        var apiKeys: [APIKeyID: Timestamp] = [:]
        var followedAt: UInt64 = 0
        var prunedAt: UInt64 = 0
    }

    private let entries = NIOLockedValueBox(Entries())
    private let limitNanoseconds: UInt64

    /// - Parameter staleAfterMS: how old the copy may be.
    package init(staleAfterMS: Int = 5000) {
        limitNanoseconds = UInt64(staleAfterMS) * 1_000_000
    }

    /// What keeps this copy up to date while it runs; made before the bus is started.
    package func follower(
        of bus: any Asking & Announcing, logger: Logger, pollMS: Int = 250
    ) -> EventFollower<AuthEvents> {
        let gateway = Caller.service("gateway")
        return EventFollower<AuthEvents>(
            bus: bus, as: gateway, logger: logger, pollMS: pollMS, limit: Self.batchLimit,
            load: {
                let snapshot = try await bus.ask(ListRevocations(), as: gateway, within: 2000)
                self.replace(with: snapshot.entries)
                return snapshot.positions
            },
            apply: { events, positions in
                try self.apply(events)
                return positions.advanced(past: events)
            },
            caughtUp: { self.noteFollowed() })
    }

    private static let batchLimit = 1024

    /// Whether the copy is young enough to trust a credential that is not in it.
    package var isFollowed: Bool {
        let followedAt = entries.withLockedValue { $0.followedAt }
        return followedAt != 0 && monotonicNanoseconds() - followedAt <= limitNanoseconds
    }

    /// How old the copy is, in milliseconds; nil before the first one.
    package var ageMS: Int? {
        let followedAt = entries.withLockedValue { $0.followedAt }
        return followedAt == 0 ? nil : Int((monotonicNanoseconds() - followedAt) / 1_000_000)
    }

    package func isRevoked(_ sessionID: SessionID, of personID: PersonID, generation: Int) -> Bool {
        entries.withLockedValue { entries in
            if entries.sessions[sessionID] != nil { return true }
            guard let person = entries.generations[personID] else { return false }
            return generation < person.lowestGood
        }
    }

    package func isRevoked(_ apiKeyID: APIKeyID) -> Bool {
        entries.withLockedValue { $0.apiKeys[apiKeyID] != nil }
    }

    package func replace(with revocations: [AccessRevoked]) {
        entries.withLockedValue { entries in
            let fresh = entries.followedAt
            entries = Entries()
            entries.followedAt = fresh
            for revocation in revocations { Self.add(revocation, to: &entries) }
        }
    }

    private func apply(_ events: [EventRecord]) throws {
        let revocations = try events.compactMap { try $0.event(AccessRevoked.self) }
        entries.withLockedValue { entries in
            for revocation in revocations { Self.add(revocation, to: &entries) }
            // A batch that is not full held all there was.
            if events.count < Self.batchLimit { entries.followedAt = monotonicNanoseconds() }
        }
    }

    package func noteFollowed() {
        entries.withLockedValue { entries in
            entries.followedAt = monotonicNanoseconds()
            guard entries.followedAt - entries.prunedAt > 60_000_000_000 else { return }
            entries.prunedAt = entries.followedAt
            let now = Timestamp.now()
            entries.sessions = entries.sessions.filter { $0.value >= now }
            entries.generations = entries.generations.filter { $0.value.forgetAfter >= now }
            entries.apiKeys = entries.apiKeys.filter { $0.value >= now }
        }
    }

    private static func add(_ revocation: AccessRevoked, to entries: inout Entries) {
        let forgetAfter = revocation.forgetAfter
        if let session = revocation.sessionID { entries.sessions[session] = forgetAfter }
        if let key = revocation.apiKeyID { entries.apiKeys[key] = forgetAfter }
        if let person = revocation.personID, let generation = revocation.generation {
            let known = entries.generations[person]
            entries.generations[person] = (
                max(generation, known?.lowestGood ?? 0), max(forgetAfter, known?.forgetAfter ?? forgetAfter)
            )
        }
    }
}
