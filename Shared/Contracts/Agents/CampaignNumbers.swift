import Bus

package enum NumberEntity {}
package typealias NumberID = Identifier<NumberEntity>

/// Where a number of a campaign is.
package enum NumberState: String, Sendable, Codable, CaseIterable {
    /// To be called when it is due.
    case pending
    /// A call to it is recorded and has not ended.
    case inProgress = "in_progress"
    case completed
    case failed
}

/// One number of a campaign.
package struct NumberRecord: BusMessage, Codable, Equatable {
    package var id: NumberID
    /// As it was given, trimmed.
    package var phoneNumber: String
    package var state: NumberState
    /// Calls that were placed, or may have been.
    package var attempts: Int
    /// How its last call ended (an `EndCategory`), or `suppressed` or `window_ended` when there was none.
    package var reason: String?
    /// What the carrier or the dialer said of it.
    package var detail: String?
    package var lastCallID: CallID?
    /// When it may be called next, or might have been.
    package var dueAt: Timestamp
    package var createdAt: Timestamp
    package var updatedAt: Timestamp

    package init(
        id: NumberID, phoneNumber: String, state: NumberState, attempts: Int, reason: String?, detail: String?,
        lastCallID: CallID?, dueAt: Timestamp, createdAt: Timestamp, updatedAt: Timestamp
    ) {
        self.id = id
        self.phoneNumber = phoneNumber
        self.state = state
        self.attempts = attempts
        self.reason = reason
        self.detail = detail
        self.lastCallID = lastCallID
        self.dueAt = dueAt
        self.createdAt = createdAt
        self.updatedAt = updatedAt
    }
}

/// Numbers of a campaign: those added last first, and those that were added together in their given order.
/// - Faults: `.campaignNotFound`, `.inputInvalid`.
package struct ListCampaignNumbers: BusRequest, Codable {
    package static let subject: Subject = "agents.list-campaign-numbers.v1"
    package static let isRepeatable = true
    package typealias Reply = NumberPage

    package var campaignID: CampaignID
    package var state: NumberState?
    /// 1–1000.
    package var limit: Int
    /// How many to leave out; ignored with a cursor.
    package var offset: Int
    package var after: PageCursor?

    package init(
        campaignID: CampaignID, state: NumberState? = nil, limit: Int, offset: Int = 0, after: PageCursor? = nil
    ) {
        self.campaignID = campaignID
        self.state = state
        self.limit = limit
        self.offset = offset
        self.after = after
    }
}

package struct NumberPage: BusMessage, Codable, Equatable {
    package var numbers: [NumberRecord]
    /// All that the filter lets through.
    package var total: Int
    /// Nil on the last page.
    package var next: PageCursor?

    package init(numbers: [NumberRecord], total: Int, next: PageCursor?) {
        self.numbers = numbers
        self.total = total
        self.next = next
    }
}

/// A text that should be a phone number, and where it stood.
package struct GivenNumber: Sendable, Codable, Equatable {
    /// 1 or more.
    package var line: Int
    package var text: String

    package init(line: Int, text: String) {
        self.line = line
        self.text = text
    }
}

/// Add numbers to a campaign that is not completed. Those that are no phone numbers are left out and named.
/// - Faults: `.campaignNotFound`, `.campaignRunning` when it is completed, `.inputInvalid`, `.keyReused`, `.stillRunning`.
package struct AddCampaignNumbers: BusRequest, Codable {
    package static let subject: Subject = "agents.add-campaign-numbers.v1"
    package typealias Reply = Outcome<AddedNumbers>

    package var campaignID: CampaignID
    /// At most `longest` of them.
    package var numbers: [GivenNumber]
    package var idempotency: IdempotencyKey?

    package static let longest = 100_000

    package init(campaignID: CampaignID, numbers: [GivenNumber], idempotency: IdempotencyKey? = nil) {
        self.campaignID = campaignID
        self.numbers = numbers
        self.idempotency = idempotency
    }
}

package struct AddedNumbers: BusMessage, Codable, Equatable {
    /// A text that was left out, and why.
    package struct Rejected: Sendable, Codable, Equatable {
        package var line: Int
        /// At most 64 characters of it.
        package var value: String
        package var error: String

        package init(line: Int, value: String, error: String) {
            self.line = line
            self.value = value
            self.error = error
        }
    }

    package var added: Int
    /// Numbers that the campaign had already, or that were given before.
    package var duplicates: Int
    /// The first 1000 of them.
    package var rejected: [Rejected]
    package var rejectedCount: Int

    package init(added: Int, duplicates: Int, rejected: [Rejected], rejectedCount: Int) {
        self.added = added
        self.duplicates = duplicates
        self.rejected = rejected
        self.rejectedCount = rejectedCount
    }
}
