import Bus
import Contracts
import Postgres
import ServiceHost

struct PostgresCompanyRepository: CompanyRepository {
    let store: AgentsStore

    func set(
        _ profile: CompanyProfile, under key: IdempotencyKey?, in workspaceID: WorkspaceID
    ) async throws -> Outcome<Done> {
        try await store.write(once: key, in: workspaceID, explaining: { _ in nil }) { transaction in
            _ = try await transaction.query(
                """
                INSERT INTO agents.companies AS company (workspace_id, name, industry, use_case, description)
                VALUES (\(workspaceID), \(profile.name), \(profile.industry), \(profile.useCase), \(profile.description))
                ON CONFLICT (workspace_id) DO UPDATE SET name = excluded.name, industry = excluded.industry,
                    use_case = excluded.use_case, description = excluded.description, updated_at = clock_timestamp()
                """)
            return Done()
        }
    }

    func find(in workspaceID: WorkspaceID) async throws -> CompanyProfile? {
        let rows = try await store.database.query(
            "SELECT name, industry, use_case, description FROM agents.companies WHERE workspace_id = \(workspaceID)",
            workspaces: [workspaceID.uuid], access: .readOnly)
        return try rows.one().map {
            CompanyProfile(
                name: try $0[0], industry: try $0[1], useCase: try $0[2], description: try $0[3])
        }
    }
}
