import Bus

/// A business that is served.
package struct ClientRecord: BusMessage, Codable, Equatable {
    package var id: ClientID
    package var name: String
    /// As it was given, trimmed.
    package var phoneNumber: String
    package var profession: String?
    package var voiceName: String
    package var voiceID: String?
    package var systemPrompt: String?
    /// The agent that answers for it.
    package var agentID: AgentID?
    package var createdAt: Timestamp
    package var isActive: Bool
    /// Grows by one with each change.
    package var version: Int

    package init(
        id: ClientID, name: String, phoneNumber: String, profession: String?, voiceName: String, voiceID: String?,
        systemPrompt: String?, agentID: AgentID?, createdAt: Timestamp, isActive: Bool, version: Int
    ) {
        self.id = id
        self.name = name
        self.phoneNumber = phoneNumber
        self.profession = profession
        self.voiceName = voiceName
        self.voiceID = voiceID
        self.systemPrompt = systemPrompt
        self.agentID = agentID
        self.createdAt = createdAt
        self.isActive = isActive
        self.version = version
    }
}

/// Make a client.
/// - Faults: `.clientIncomplete`, `.phoneNumberTaken`, `.agentNotFound`, `.inputInvalid`, `.keyReused`, `.stillRunning`.
package struct CreateClient: BusRequest, Codable {
    package static let subject: Subject = "agents.create-client.v1"
    package typealias Reply = Outcome<ClientRecord>

    /// 1–200 characters.
    package var name: String
    /// Unique among the workspace's active clients, in its normalised form.
    package var phoneNumber: String
    package var profession: String?
    /// `af_sarah` when nil.
    package var voiceName: String?
    package var voiceID: String?
    /// At most 32 000 characters.
    package var systemPrompt: String?
    package var agentID: AgentID?
    package var idempotency: IdempotencyKey?

    package init(
        name: String, phoneNumber: String, profession: String? = nil, voiceName: String? = nil, voiceID: String? = nil,
        systemPrompt: String? = nil, agentID: AgentID? = nil, idempotency: IdempotencyKey? = nil
    ) {
        self.name = name
        self.phoneNumber = phoneNumber
        self.profession = profession
        self.voiceName = voiceName
        self.voiceID = voiceID
        self.systemPrompt = systemPrompt
        self.agentID = agentID
        self.idempotency = idempotency
    }
}

/// One active client.
/// - Faults: `.clientNotFound`, also for a deleted one and another workspace's.
package struct GetClient: BusRequest, Codable {
    package static let subject: Subject = "agents.get-client.v1"
    package static let isRepeatable = true
    package typealias Reply = ClientRecord

    package var id: ClientID

    package init(id: ClientID) {
        self.id = id
    }
}

/// Active clients, newest first.
package struct ListClients: BusRequest, Codable {
    package static let subject: Subject = "agents.list-clients.v1"
    package static let isRepeatable = true
    package typealias Reply = ClientPage

    /// 1–1000.
    package var limit: Int
    /// Goes on after the client that the cursor names.
    package var after: PageCursor?

    package init(limit: Int, after: PageCursor? = nil) {
        self.limit = limit
        self.after = after
    }
}

package struct ClientPage: BusMessage, Codable, Equatable {
    package var clients: [ClientRecord]
    /// All active ones.
    package var total: Int
    /// Nil on the last page.
    package var next: PageCursor?

    package init(clients: [ClientRecord], total: Int, next: PageCursor?) {
        self.clients = clients
        self.total = total
        self.next = next
    }
}

/// Change any subset of a client's fields.
/// - Faults: `.clientNotFound`, `.phoneNumberTaken`, `.agentNotFound`, `.inputInvalid`.
package struct UpdateClient: BusRequest, Codable {
    package static let subject: Subject = "agents.update-client.v1"
    package static let isRepeatable = true
    package typealias Reply = ClientRecord

    package var id: ClientID
    /// Nil leaves a field as it is; an optional field is emptied by an empty text.
    package var name: String?
    package var phoneNumber: String?
    package var profession: String?
    package var voiceName: String?
    package var voiceID: String?
    package var systemPrompt: String?
    package var agentID: AgentID?
    /// Takes the agent away.
    package var clearsAgent: Bool

    package init(
        id: ClientID, name: String? = nil, phoneNumber: String? = nil, profession: String? = nil,
        voiceName: String? = nil, voiceID: String? = nil, systemPrompt: String? = nil, agentID: AgentID? = nil,
        clearsAgent: Bool = false
    ) {
        self.id = id
        self.name = name
        self.phoneNumber = phoneNumber
        self.profession = profession
        self.voiceName = voiceName
        self.voiceID = voiceID
        self.systemPrompt = systemPrompt
        self.agentID = agentID
        self.clearsAgent = clearsAgent
    }
}

/// Delete a client softly: its calls stay in lists and totals.
/// - Faults: `.clientNotFound`, also when it is deleted already.
package struct DeleteClient: BusRequest, Codable {
    package static let subject: Subject = "agents.delete-client.v1"
    package typealias Reply = Done

    package var id: ClientID

    package init(id: ClientID) {
        self.id = id
    }
}

/// Which workspace a client belongs to, for calls that come without a credential where that is allowed.
/// - Faults: `.clientNotFound`; `.permissionDenied` unless the gateway asks as itself.
package struct FindClientWorkspace: BusRequest, Codable {
    package static let subject: Subject = "agents.find-client-workspace.v1"
    package static let isRepeatable = true
    package typealias Reply = WorkspaceID

    package var id: ClientID

    package init(id: ClientID) {
        self.id = id
    }
}
