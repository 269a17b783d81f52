import Bus

/// Where an agent is in its life.
package enum AgentStatus: String, Sendable, Codable, CaseIterable {
    case draft
    case active
    case paused
    case archived
}

/// How an agent speaks.
package struct VoiceParameters: Sendable, Codable, Equatable {
    /// At most 100 characters.
    package var voiceID: String?
    /// In thousandths of the voice's own speed, 250–4000; nil: its own.
    package var speedPermille: Int?
    /// At most 100 characters.
    package var tone: String?

    package init(voiceID: String? = nil, speedPermille: Int? = nil, tone: String? = nil) {
        self.voiceID = voiceID
        self.speedPermille = speedPermille
        self.tone = tone
    }
}

/// What a voice server needs to run an agent.
package struct AgentSetup: Sendable, Codable, Equatable {
    /// `openai`, `anthropic`, `local` …; at most 100 characters, like the other names here; empty when not chosen.
    package var llmProvider: String
    package var llmModel: String
    package var sttProvider: String
    package var ttsProvider: String
    /// At most 32 000 characters.
    package var systemPrompt: String
    /// `en`, `hi` …; at most 35 characters.
    package var language: String
    package var voice: VoiceParameters

    package init(
        llmProvider: String = "", llmModel: String = "", sttProvider: String = "", ttsProvider: String = "",
        systemPrompt: String = "", language: String = "en", voice: VoiceParameters = VoiceParameters()
    ) {
        self.llmProvider = llmProvider
        self.llmModel = llmModel
        self.sttProvider = sttProvider
        self.ttsProvider = ttsProvider
        self.systemPrompt = systemPrompt
        self.language = language
        self.voice = voice
    }
}

/// A voice agent.
package struct AgentRecord: BusMessage, Codable, Equatable {
    package var id: AgentID
    package var name: String
    package var description: String
    package var status: AgentStatus
    package var setup: AgentSetup
    package var presence: AgentPresence
    /// Who made it; nil when an API key did.
    package var createdBy: PersonID?
    package var createdAt: Timestamp
    package var updatedAt: Timestamp
    /// Grows by one with each change.
    package var version: Int
    package var isDeleted: Bool

    package init(
        id: AgentID, name: String, description: String, status: AgentStatus, setup: AgentSetup,
        presence: AgentPresence = AgentPresence(), createdBy: PersonID?,
        createdAt: Timestamp, updatedAt: Timestamp, version: Int, isDeleted: Bool = false
    ) {
        self.id = id
        self.name = name
        self.description = description
        self.status = status
        self.setup = setup
        self.presence = presence
        self.createdBy = createdBy
        self.createdAt = createdAt
        self.updatedAt = updatedAt
        self.version = version
        self.isDeleted = isDeleted
    }
}

/// What may be said of an agent, when it is made and later. Nil leaves a field as it is, or at its default.
package struct AgentFields: Sendable, Codable, Equatable {
    /// 1–100 characters, unique among the workspace's agents.
    package var name: String?
    /// At most 4000 characters.
    package var description: String?
    package var status: AgentStatus?
    package var llmProvider: String?
    package var llmModel: String?
    package var sttProvider: String?
    package var ttsProvider: String?
    package var systemPrompt: String?
    package var language: String?
    /// In the place of all that is said of the voice.
    package var voice: VoiceParameters?
    /// Parts of that.
    package var voiceID: String?
    package var tone: String?
    package var role: String?
    package var personality: String?
    package var channels: [AgentChannel]?
    package var channelSetup: ChannelSetup?

    package init() {}
}

/// Make an agent; it is active unless said otherwise.
/// - Faults: `.agentExists`, `.inputInvalid`, `.keyReused`, `.stillRunning`.
package struct CreateAgent: BusRequest, Codable {
    package static let subject: Subject = "agents.create-agent.v1"
    package typealias Reply = Outcome<AgentRecord>

    package var fields: AgentFields
    package var idempotency: IdempotencyKey?

    package init(fields: AgentFields, idempotency: IdempotencyKey? = nil) {
        self.fields = fields
        self.idempotency = idempotency
    }
}

/// One agent that is not deleted.
/// - Faults: `.agentNotFound`.
package struct GetAgent: BusRequest, Codable {
    package static let subject: Subject = "agents.get-agent.v1"
    package static let isRepeatable = true
    package typealias Reply = AgentRecord

    package var id: AgentID

    package init(id: AgentID) {
        self.id = id
    }
}

/// Agents, newest first.
package struct ListAgents: BusRequest, Codable {
    package static let subject: Subject = "agents.list-agents.v1"
    package static let isRepeatable = true
    package typealias Reply = AgentPage

    /// Part of the name or description, in any case.
    package var search: String?
    /// One of these; empty: any.
    package var statuses: [AgentStatus]
    /// 1–1000.
    package var limit: Int
    /// How many to leave out; ignored with a cursor.
    package var offset: Int
    package var after: PageCursor?

    package init(
        search: String? = nil, statuses: [AgentStatus] = [], limit: Int, offset: Int = 0, after: PageCursor? = nil
    ) {
        self.search = search
        self.statuses = statuses
        self.limit = limit
        self.offset = offset
        self.after = after
    }
}

package struct AgentPage: BusMessage, Codable, Equatable {
    package var agents: [AgentRecord]
    /// All that the filter lets through.
    package var total: Int
    /// Nil on the last page.
    package var next: PageCursor?

    package init(agents: [AgentRecord], total: Int, next: PageCursor?) {
        self.agents = agents
        self.total = total
        self.next = next
    }
}

/// Change any subset of an agent's fields.
/// - Faults: `.agentNotFound`, `.agentExists`, `.inputInvalid`, `.versionChanged`.
package struct UpdateAgent: BusRequest, Codable {
    package static let subject: Subject = "agents.update-agent.v1"
    package typealias Reply = Outcome<AgentRecord>

    package var id: AgentID
    package var fields: AgentFields
    /// Refuse unless the agent has this version.
    package var expectedVersion: Int?
    package var idempotency: IdempotencyKey?

    package init(
        id: AgentID, fields: AgentFields, expectedVersion: Int? = nil, idempotency: IdempotencyKey? = nil
    ) {
        self.id = id
        self.fields = fields
        self.expectedVersion = expectedVersion
        self.idempotency = idempotency
    }
}

/// Delete an agent softly: its calls stay, its name becomes free.
/// - Faults: `.agentNotFound`, `.agentInUse` while a campaign of it is active, `.versionChanged`.
package struct DeleteAgent: BusRequest, Codable {
    package static let subject: Subject = "agents.delete-agent.v1"
    package typealias Reply = Done

    package var id: AgentID
    package var expectedVersion: Int?

    package init(id: AgentID, expectedVersion: Int? = nil) {
        self.id = id
        self.expectedVersion = expectedVersion
    }
}
