import Contracts
import Postgres
import ServiceHost

extension PostgresClientRepository {
    /// In the order in which `client` reads them.
    static let columns = """
        id, name, phone_number, profession, voice_name, voice_id, system_prompt, agent_id, created_at, is_active, version, \
        phone_e164
        """

    static func client(_ row: Row) throws -> Client {
        let record = ClientRecord(
            id: try row.decode(at: 0), name: try row.decode(at: 1), phoneNumber: try row.decode(at: 2),
            profession: try row.decode(at: 3), voiceName: try row.decode(at: 4), voiceID: try row.decode(at: 5),
            systemPrompt: try row.decode(at: 6), agentID: try row.decode(at: 7), createdAt: try row.decode(at: 8),
            isActive: try row.decode(at: 9), version: try row.decode(at: 10))
        return Client(record: record, normalisedPhone: try row.decode(at: 11))
    }

    static func insert(_ client: Client, in workspaceID: WorkspaceID) -> Statement {
        let record = client.record
        return """
            INSERT INTO agents.clients
                (workspace_id, id, name, phone_number, phone_e164, profession, voice_name, voice_id, system_prompt,
                agent_id, version, created_at)
            VALUES (\(workspaceID), \(record.id), \(record.name), \(record.phoneNumber), \(client.normalisedPhone),
                \(record.profession), \(record.voiceName), \(record.voiceID), \(record.systemPrompt),
                \(record.agentID), \(record.version), \(record.createdAt))
            """
    }

    static func update(_ client: Client, in workspaceID: WorkspaceID) -> Statement {
        let record = client.record
        return """
            UPDATE agents.clients SET name = \(record.name), phone_number = \(record.phoneNumber),
                phone_e164 = \(client.normalisedPhone), profession = \(record.profession),
                voice_name = \(record.voiceName), voice_id = \(record.voiceID), system_prompt = \(record.systemPrompt),
                agent_id = \(record.agentID), is_active = \(record.isActive), version = \(record.version),
                updated_at = clock_timestamp(),
                deleted_at = CASE WHEN \(record.isActive) THEN NULL ELSE clock_timestamp() END
            WHERE workspace_id = \(workspaceID) AND id = \(record.id)
            """
    }
}
