import Bus

/// The log of auth's events.
package enum AuthEvents: EventOwner {
    package static let name = "auth"
}

/// Some credential is no longer good. What each gateway follows so that it refuses it within a second.
package struct AccessRevoked: LoggedEvent, Codable, Equatable {
    package static let kind = "access-revoked.v1"

    /// A session that has ended.
    package var sessionID: SessionID?
    /// A person whose tokens of generations below `generation` are void.
    package var personID: PersonID?
    package var generation: Int?
    /// A key that was deleted.
    package var apiKeyID: APIKeyID?
    /// After this moment the entry may be forgotten, because what it revokes has expired by itself.
    package var forgetAfter: Timestamp

    package init(
        sessionID: SessionID? = nil, personID: PersonID? = nil, generation: Int? = nil, apiKeyID: APIKeyID? = nil,
        forgetAfter: Timestamp
    ) {
        self.sessionID = sessionID
        self.personID = personID
        self.generation = generation
        self.apiKeyID = apiKeyID
        self.forgetAfter = forgetAfter
    }
}

/// Everything that is revoked and has not expired by itself, with the positions of the log that it was read at.
package struct ListRevocations: BusRequest, Codable {
    package static let subject: Subject = "auth.list-revocations.v1"
    package static let isRepeatable = true
    package typealias Reply = Revocations

    package init() {}
}

package struct Revocations: BusMessage, Codable, Equatable {
    /// The number of the last event of each partition that is in here.
    package var positions: [Int]
    package var entries: [AccessRevoked]

    package init(positions: [Int], entries: [AccessRevoked]) {
        self.positions = positions
        self.entries = entries
    }
}
