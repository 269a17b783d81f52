import Contracts
import Foundation
import Postgres
import ServiceHost

/// How an agent stands in its table.
enum AgentRows {
    /// In the order in which `agent` reads them.
    static let columns = """
        id, name, description, status, llm_provider, llm_model, stt_provider, tts_provider, system_prompt, language, \
        voice_id, speed_permille, tone, created_by, created_at, updated_at, version, deleted_at IS NOT NULL, \
        role, personality, channels, channel_setup::text, steps_done, deployed_at, \
        phone_number, phone_simulated
        """

    static func agent(_ row: Row) throws -> AgentRecord {
        let statusText: String = try row[3]
        guard let status = AgentStatus(rawValue: statusText) else {
            throw DatabaseError(.decoding, "\"\(statusText)\" is no status of an agent.")
        }
        let speed: Int32? = try row[11]
        let setup = AgentSetup(
            llmProvider: try row[4], llmModel: try row[5], sttProvider: try row[6], ttsProvider: try row[7],
            systemPrompt: try row[8], language: try row[9],
            voice: VoiceParameters(voiceID: try row[10], speedPermille: speed.map(Int.init), tone: try row[12]))
        return AgentRecord(
            id: try row[0], name: try row[1], description: try row[2], status: status, setup: setup,
            presence: try presence(row),
            createdBy: try row[13], createdAt: try row[14], updatedAt: try row[15], version: try row[16],
            isDeleted: try row[17])
    }

    private static func presence(_ row: Row) throws -> AgentPresence {
        let (channels, steps): ([String], [String]) = (try row[20], try row[22])
        let setup: String = try row[21]
        return AgentPresence(
            role: try row[18], personality: try row[19], channels: channels.compactMap(AgentChannel.init),
            setup: try JSONDecoder().decode(ChannelSetup.self, from: Data(setup.utf8)), phoneNumber: try row[24],
            isPhoneSimulated: try row[25], stepsDone: steps.compactMap(AgentStep.init),
            deployedAt: try row[23])
    }

    private static func json(_ setup: ChannelSetup) throws -> String {
        String(decoding: try JSONEncoder().encode(setup), as: UTF8.self)
    }

    static func insert(_ agent: AgentRecord, in workspaceID: WorkspaceID) throws -> Statement {
        let (setup, presence) = (agent.setup, agent.presence)
        return """
            INSERT INTO agents.agents
                (workspace_id, id, name, description, status, llm_provider, llm_model, stt_provider, tts_provider,
                system_prompt, language, voice_id, speed_permille, tone, created_by, created_at, updated_at, version,
                role, personality, channels, channel_setup, steps_done, deployed_at, phone_number,
                phone_simulated)
            VALUES (\(workspaceID), \(agent.id), \(agent.name), \(agent.description), \(agent.status.rawValue),
                \(setup.llmProvider), \(setup.llmModel), \(setup.sttProvider), \(setup.ttsProvider),
                \(setup.systemPrompt), \(setup.language), \(setup.voice.voiceID),
                \(setup.voice.speedPermille.map { Int32($0) }), \(setup.voice.tone), \(agent.createdBy),
                \(agent.createdAt), \(agent.updatedAt), \(agent.version), \(presence.role), \(presence.personality),
                \(presence.channels.map(\.rawValue)), \(try json(presence.setup))::jsonb,
                \(presence.stepsDone.map(\.rawValue)), \(presence.deployedAt), \(presence.phoneNumber),
                \(presence.isPhoneSimulated))
            """
    }

    static func update(_ agent: AgentRecord, in workspaceID: WorkspaceID) throws -> Statement {
        let (setup, presence) = (agent.setup, agent.presence)
        return """
            UPDATE agents.agents SET name = \(agent.name), description = \(agent.description),
                status = \(agent.status.rawValue), llm_provider = \(setup.llmProvider), llm_model = \(setup.llmModel),
                stt_provider = \(setup.sttProvider), tts_provider = \(setup.ttsProvider),
                system_prompt = \(setup.systemPrompt), language = \(setup.language),
                voice_id = \(setup.voice.voiceID), speed_permille = \(setup.voice.speedPermille.map { Int32($0) }),
                tone = \(setup.voice.tone), role = \(presence.role), personality = \(presence.personality),
                channels = \(presence.channels.map(\.rawValue)), channel_setup = \(try json(presence.setup))::jsonb,
                steps_done = \(presence.stepsDone.map(\.rawValue)), deployed_at = \(presence.deployedAt),
                phone_number = \(presence.phoneNumber), phone_simulated = \(presence.isPhoneSimulated), version = \(agent.version), updated_at = \(agent.updatedAt),
                deleted_at = CASE WHEN \(agent.isDeleted) THEN clock_timestamp() END
            WHERE workspace_id = \(workspaceID) AND id = \(agent.id)
            """
    }
}
