import Bus
import Contracts
import Foundation

/// Whose API key a secret is, asked of auth once in a while and remembered.
final class APIKeyCheck: Sendable {
    private struct Known: Sendable {
        let grant: APIKeyGrant
        let caller: Caller
        let until: UInt64
    }

    /// Nanoseconds that a good and a bad answer are remembered.
    private static let goodFor: UInt64 = 60_000_000_000
    private static let badFor: UInt64 = 5_000_000_000

    private let bus: any Asking
    private let good: BoundedCache<String, Known>
    private let bad: BoundedCache<String, UInt64>

    init(bus: any Asking, capacity: Int) {
        self.bus = bus
        good = BoundedCache(capacity: capacity)
        bad = BoundedCache(capacity: capacity)
    }

    /// - Throws: `.tokenInvalid`, `.tokenExpired`, and what the bus throws when auth cannot be asked.
    func check(_ secret: String, now: Timestamp) async throws -> (grant: APIKeyGrant, caller: Caller, wasKnown: Bool) {
        guard secret.hasPrefix("sb_"), secret.utf8.count <= 256 else { throw Fault(.tokenInvalid) }
        let clock = monotonicNanoseconds()
        if let known = good[secret], clock < known.until {
            try Self.requireUnexpired(known.grant, now: now)
            return (known.grant, known.caller, true)
        }
        if let until = bad[secret], clock < until { throw Fault(.tokenInvalid) }
        let grant = try await ask(secret)
        let caller = Caller(
            identity: .apiKey(grant.id.uuid), workspaceID: grant.workspaceID.uuid, scopes: grant.scopes.rawValue)
        good.insert(Known(grant: grant, caller: caller, until: clock + Self.goodFor), for: secret)
        try Self.requireUnexpired(grant, now: now)
        return (grant, caller, false)
    }

    private func ask(_ secret: String) async throws -> APIKeyGrant {
        do {
            return try await bus.ask(CheckAPIKey(secret: secret), as: .service("gateway"), within: 3000)
        } catch let fault as Fault where fault.kind == .unauthenticated {
            bad.insert(monotonicNanoseconds() + Self.badFor, for: secret)
            good.remove(secret)
            throw Fault(.tokenInvalid)
        }
    }

    private static func requireUnexpired(_ grant: APIKeyGrant, now: Timestamp) throws {
        if let expiresAt = grant.expiresAt, expiresAt <= now { throw Fault(.tokenExpired) }
    }
}
