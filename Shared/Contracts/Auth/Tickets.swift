import Bus
import Foundation

/// Use up a ticket of the caller's workspace, which opens one live connection. For gateways, which have checked its
/// signature; the same id is let through once, whichever gateway asks.
/// - Faults: `.tokenInvalid` when it was used before, `.tokenExpired`, `.permissionDenied` unless a service asks.
package struct SpendTicket: BusRequest, Codable {
    package static let subject: Subject = "auth.spend-ticket.v1"
    package typealias Reply = Done

    package var id: UUID
    package var expiresAt: Timestamp

    package init(id: UUID, expiresAt: Timestamp) {
        self.id = id
        self.expiresAt = expiresAt
    }
}
