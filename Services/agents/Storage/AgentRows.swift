import Contracts
import Postgres
import ServiceHost

/// How an agent stands in its table.
enum AgentRows {
    /// In the order in which `agent` reads them.
    static let columns = """
        id, name, description, status, llm_provider, llm_model, stt_provider, tts_provider, system_prompt, language, \
        voice_id, speed_permille, tone, created_by, created_at, updated_at, version, deleted_at IS NOT NULL
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
            createdBy: try row[13], createdAt: try row[14], updatedAt: try row[15], version: try row[16],
            isDeleted: try row[17])
    }

    static func insert(_ agent: AgentRecord, in workspaceID: WorkspaceID) -> Statement {
        let setup = agent.setup
        return """
            INSERT INTO agents.agents
                (workspace_id, id, name, description, status, llm_provider, llm_model, stt_provider, tts_provider,
                system_prompt, language, voice_id, speed_permille, tone, created_by, created_at, updated_at, version)
            VALUES (\(workspaceID), \(agent.id), \(agent.name), \(agent.description), \(agent.status.rawValue),
                \(setup.llmProvider), \(setup.llmModel), \(setup.sttProvider), \(setup.ttsProvider),
                \(setup.systemPrompt), \(setup.language), \(setup.voice.voiceID),
                \(setup.voice.speedPermille.map { Int32($0) }), \(setup.voice.tone), \(agent.createdBy),
                \(agent.createdAt), \(agent.updatedAt), \(agent.version))
            """
    }

    static func update(_ agent: AgentRecord, in workspaceID: WorkspaceID) -> Statement {
        let setup = agent.setup
        return """
            UPDATE agents.agents SET name = \(agent.name), description = \(agent.description),
                status = \(agent.status.rawValue), llm_provider = \(setup.llmProvider), llm_model = \(setup.llmModel),
                stt_provider = \(setup.sttProvider), tts_provider = \(setup.ttsProvider),
                system_prompt = \(setup.systemPrompt), language = \(setup.language),
                voice_id = \(setup.voice.voiceID), speed_permille = \(setup.voice.speedPermille.map { Int32($0) }),
                tone = \(setup.voice.tone), version = \(agent.version), updated_at = \(agent.updatedAt),
                deleted_at = CASE WHEN \(agent.isDeleted) THEN clock_timestamp() END
            WHERE workspace_id = \(workspaceID) AND id = \(agent.id)
            """
    }
}
