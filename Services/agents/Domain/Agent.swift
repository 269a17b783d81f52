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

    /// The same agent as another version.
    static func touched(_ agent: AgentRecord, at now: Timestamp) -> AgentRecord {
        var next = agent
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
        if let text = fields.voiceID { next.setup.voice.voiceID = try AgentField.voiceID.checked(text) }
        if let text = fields.tone { next.setup.voice.tone = try AgentField.tone.checked(text) }
        if let text = fields.role { next.presence.role = try AgentField.role.checked(text) }
        if let text = fields.personality { next.presence.personality = try AgentField.personality.checked(text) }
        if let channels = fields.channels { next.presence.channels = AgentChannel.allCases.filter(channels.contains) }
        if let setup = fields.channelSetup { next.presence.setup = try checked(setup) }
        return next
    }

    private static func checked(_ setup: ChannelSetup) throws(Fault) -> ChannelSetup {
        var setup = setup
        if let text = setup.phoneNumber {
            setup.phoneNumber = try GivenText.checked(text, "phone_number", longest: 64)
            guard setup.phoneNumber.flatMap({ PhoneNumber($0) }) != nil else {
                throw Fault(.inputInvalid, "phone_number must be a phone number", field: "phone_number")
            }
        }
        if let text = setup.chatWidget?.websiteURL {
            setup.chatWidget?.websiteURL = try GivenText.checked(text, "chat_widget.website_url", longest: 2048)
        }
        if let text = setup.chatWidget?.color {
            setup.chatWidget?.color = try GivenText.checked(text, "chat_widget.widget_color", longest: 32)
        }
        for (name, text) in [("whatsapp", setup.whatsapp), ("email", setup.email)] where (text?.utf8.count ?? 0) > 4096
        {
            throw Fault(.inputInvalid, "\(name) must have at most 4096 bytes", field: name)
        }
        return setup
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
