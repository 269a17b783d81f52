import Bus
import Contracts

/// The rules of an agent.
enum Agent {
    /// A new agent.
    /// - Throws: `.inputInvalid`.
    static func made(
        by fields: AgentFields, id: AgentID, createdBy person: PersonID?, at now: Timestamp
    ) throws(Fault) -> AgentRecord {
        guard let name = fields.name else { throw Fault(.inputInvalid, "name is required", field: "name") }
        let record = AgentRecord(
            id: id, name: try AgentField.name.required(name), description: "", status: .active, setup: AgentSetup(),
            createdBy: person, createdAt: now, updatedAt: now, version: 1)
        return try filled(record, by: fields)
    }

    /// The agent after a change; the same one, version included, when the fields change nothing.
    /// - Throws: `.inputInvalid`.
    static func changed(
        _ agent: AgentRecord, by fields: AgentFields, at now: Timestamp
    ) throws(Fault) -> AgentRecord {
        var next = try filled(agent, by: fields)
        guard next != agent else { return agent }
        next.version += 1
        next.updatedAt = max(now, agent.updatedAt)
        return next
    }

    static func deleted(_ agent: AgentRecord, at now: Timestamp) -> AgentRecord {
        var next = agent
        next.isDeleted = true
        next.version += 1
        next.updatedAt = max(now, agent.updatedAt)
        return next
    }

    private static func filled(_ agent: AgentRecord, by fields: AgentFields) throws(Fault) -> AgentRecord {
        var next = agent
        if let name = fields.name { next.name = try AgentField.name.required(name) }
        if let text = fields.description { next.description = try AgentField.description.checked(text) }
        if let status = fields.status { next.status = status }
        if let text = fields.llmProvider { next.setup.llmProvider = try AgentField.llmProvider.checked(text) }
        if let text = fields.llmModel { next.setup.llmModel = try AgentField.llmModel.checked(text) }
        if let text = fields.sttProvider { next.setup.sttProvider = try AgentField.sttProvider.checked(text) }
        if let text = fields.ttsProvider { next.setup.ttsProvider = try AgentField.ttsProvider.checked(text) }
        if let text = fields.systemPrompt { next.setup.systemPrompt = try AgentField.systemPrompt.checked(text) }
        if let text = fields.language { next.setup.language = try AgentField.language.required(text) }
        if let voice = fields.voice { next.setup.voice = try checked(voice) }
        return next
    }

    private static func checked(_ voice: VoiceParameters) throws(Fault) -> VoiceParameters {
        var voice = voice
        if let text = voice.voiceID { voice.voiceID = try AgentField.voiceID.checked(text) }
        if let text = voice.tone { voice.tone = try AgentField.tone.checked(text) }
        if let speed = voice.speedPermille, !(250...4000).contains(speed) {
            throw Fault(
                .inputInvalid, "voice_parameters.speed must be from 0.25 to 4", field: "voice_parameters.speed")
        }
        return voice
    }
}
