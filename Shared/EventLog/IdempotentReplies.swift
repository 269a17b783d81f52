import Bus
import Crypto
import Foundation
import Postgres

/// Answers stored with their effect, so that a repeated request gets the first answer again.
package struct IdempotentReplies: Sendable {
    /// Makes stored answers unreadable for whoever reads the table; for answers that hold a secret.
    package struct Seal: Sendable {
        package var close: @Sendable ([UInt8]) throws -> [UInt8]
        package var open: @Sendable ([UInt8]) throws -> [UInt8]

        package init(
            close: @escaping @Sendable ([UInt8]) throws -> [UInt8],
            open: @escaping @Sendable ([UInt8]) throws -> [UInt8]
        ) {
            self.close = close
            self.open = open
        }
    }

    private let schema: String
    private let seal: Seal?

    package init(schema: String, seal: Seal? = nil) {
        self.schema = schema
        self.seal = seal
    }

    /// The stored reply of this key, or nil when the request is the first; then `store` belongs in the same transaction.
    /// - Parameters:
    ///   - digest: what the key belongs to, and the key, hashed.
    ///   - fingerprint: hash of the body.
    /// - Throws: `.stillRunning` while another transaction holds the key, `.mismatch` for another body.
    package func find<Reply: BusMessage>(
        _ type: Reply.Type, digest: [UInt8], fingerprint: [UInt8], workspaceID: UUID, in transaction: Transaction
    ) async throws -> Reply? {
        let lock = Self.lockNumber(workspaceID, digest)
        let locked = try await transaction.query("SELECT pg_try_advisory_xact_lock(\(lock))")
        guard try locked.one()?.decode(Bool.self, at: 0) == true else {
            throw Fault(
                kind: .stillRunning, code: "stillRunning", message: "The first request with this key is still running",
                retryAfterMS: 1000)
        }
        let rows = try await transaction.query(
            """
            SELECT fingerprint, reply FROM \(unsafe: schema).idempotency
            WHERE workspace_id = \(workspaceID) AND digest = \(digest)
            """)
        guard let row = try rows.one() else { return nil }
        guard try row.decode([UInt8].self, at: 0) == fingerprint else {
            throw Fault(
                kind: .mismatch, code: "keyReused", message: "This key or id was used with another body")
        }
        let stored = try row.decode([UInt8].self, at: 1)
        return try Reply.decoded(from: try seal?.open(stored) ?? stored)
    }

    /// Stores the reply in the transaction that has the effect.
    package func store<Reply: BusMessage>(
        _ reply: Reply, digest: [UInt8], fingerprint: [UInt8], workspaceID: UUID, in transaction: Transaction
    ) async throws {
        let bytes = try seal?.close(reply.encoded()) ?? reply.encoded()
        _ = try await transaction.query(
            """
            INSERT INTO \(unsafe: schema).idempotency (workspace_id, digest, fingerprint, reply)
            VALUES (\(workspaceID), \(digest), \(fingerprint), \(bytes))
            """)
    }

    /// Forgets answers older than 7 days, a thousand at a time, a hundred times at most.
    /// - Parameter database: logged in as a role that sees every workspace.
    /// - Returns: how many.
    package func sweep(in database: Database) async throws -> Int {
        var sum = 0
        for _ in 0..<100 {
            let count = try await database.query(
                """
                DELETE FROM \(unsafe: schema).idempotency WHERE (workspace_id, digest) IN (
                    SELECT workspace_id, digest FROM \(unsafe: schema).idempotency
                    WHERE created_at < now() - interval '7 days' ORDER BY created_at LIMIT 1000)
                """
            ).affectedCount
            sum += count
            if count < 1000 { break }
        }
        return sum
    }

    private static func lockNumber(_ workspaceID: UUID, _ digest: [UInt8]) -> Int {
        var hash = SHA256()
        withUnsafeBytes(of: workspaceID.uuid) { hash.update(bufferPointer: $0) }
        hash.update(data: digest)
        return hash.finalize().withUnsafeBytes { Int($0.loadUnaligned(as: Int64.self)) }
    }
}
