import Contracts
import Foundation
import Postgres

/// Which tickets were used.
protocol TicketRepository: Sendable {
    /// - Parameter expiresAt: after which nobody can use it, so that it may be forgotten.
    /// - Returns: false when it was spent before.
    func spend(_ id: UUID, until expiresAt: Timestamp, in workspaceID: WorkspaceID) async throws -> Bool
}

extension PostgresAuthStore: TicketRepository {
    func spend(_ id: UUID, until expiresAt: Timestamp, in workspaceID: WorkspaceID) async throws -> Bool {
        try await write(in: workspaceID) { transaction in
            try await transaction.query(
                """
                INSERT INTO auth.spent_tickets (workspace_id, id, expires_at)
                VALUES (\(workspaceID), \(id), \(expiresAt)) ON CONFLICT DO NOTHING
                """
            ).affectedCount == 1
        }
    }
}

extension InMemoryAuthStore: TicketRepository {
    func spend(_ id: UUID, until expiresAt: Timestamp, in workspaceID: WorkspaceID) -> Bool {
        spentTickets.insert(id).inserted
    }
}
