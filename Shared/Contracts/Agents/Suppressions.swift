import Bus

package enum SuppressionEntity {}
package typealias SuppressionID = Identifier<SuppressionEntity>

/// A number that no campaign of the workspace dials.
package struct SuppressionRecord: BusMessage, Codable, Equatable {
    package var id: SuppressionID
    /// As it was given, trimmed.
    package var phoneNumber: String
    package var reason: String
    /// Who said so; nil when an API key did.
    package var createdBy: PersonID?
    package var createdAt: Timestamp

    package init(
        id: SuppressionID, phoneNumber: String, reason: String, createdBy: PersonID?, createdAt: Timestamp
    ) {
        self.id = id
        self.phoneNumber = phoneNumber
        self.reason = reason
        self.createdBy = createdBy
        self.createdAt = createdAt
    }
}

/// Suppress a number. One that is suppressed already stays so, with the new reason if there is one.
/// - Faults: `.inputInvalid`, `.keyReused`, `.stillRunning`.
package struct CreateSuppression: BusRequest, Codable {
    package static let subject: Subject = "agents.create-suppression.v1"
    package typealias Reply = Outcome<SuppressionRecord>

    package var phoneNumber: String
    /// At most 500 characters.
    package var reason: String
    package var idempotency: IdempotencyKey?

    package init(phoneNumber: String, reason: String = "", idempotency: IdempotencyKey? = nil) {
        self.phoneNumber = phoneNumber
        self.reason = reason
        self.idempotency = idempotency
    }
}

/// Suppressed numbers, newest first.
package struct ListSuppressions: BusRequest, Codable {
    package static let subject: Subject = "agents.list-suppressions.v1"
    package static let isRepeatable = true
    package typealias Reply = SuppressionPage

    /// Only this number, however it is spelled.
    package var phoneNumber: String?
    /// 1–1000.
    package var limit: Int
    /// How many to leave out; ignored with a cursor.
    package var offset: Int
    package var after: PageCursor?

    package init(phoneNumber: String? = nil, limit: Int, offset: Int = 0, after: PageCursor? = nil) {
        self.phoneNumber = phoneNumber
        self.limit = limit
        self.offset = offset
        self.after = after
    }
}

package struct SuppressionPage: BusMessage, Codable, Equatable {
    package var suppressions: [SuppressionRecord]
    package var total: Int
    /// Nil on the last page.
    package var next: PageCursor?

    package init(suppressions: [SuppressionRecord], total: Int, next: PageCursor?) {
        self.suppressions = suppressions
        self.total = total
        self.next = next
    }
}

/// Let a number be dialled again.
/// - Faults: `.suppressionNotFound`.
package struct DeleteSuppression: BusRequest, Codable {
    package static let subject: Subject = "agents.delete-suppression.v1"
    package typealias Reply = Done

    package var id: SuppressionID

    package init(id: SuppressionID) {
        self.id = id
    }
}
