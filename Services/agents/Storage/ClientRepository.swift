import Bus
import Contracts

/// Where clients are kept. A change and the event that announces it are stored together.
protocol ClientRepository: Sendable {
    /// Stores a new client, once for each key.
    /// - Throws: `.phoneNumberTaken`, `.agentNotFound`, `.keyReused`, `.stillRunning`.
    func add(
        _ client: Client, under key: IdempotencyKey?, in workspaceID: WorkspaceID
    ) async throws -> Outcome<ClientRecord>

    /// Nil for one that is deleted or another workspace's.
    func find(_ id: ClientID, in workspaceID: WorkspaceID) async throws -> ClientRecord?

    /// Active clients, newest first.
    func page(of workspaceID: WorkspaceID, limit: Int, after cursor: PageCursor?) async throws -> ClientPage

    /// Replaces an active client by what `rule` makes of it, with nobody else in between. The same one again is stored
    /// as no change.
    /// - Throws: `.clientNotFound`, `.phoneNumberTaken`, `.agentNotFound`, and what `rule` throws.
    func change(
        _ id: ClientID, in workspaceID: WorkspaceID, by rule: @escaping @Sendable (Client) throws -> Client
    ) async throws -> ClientRecord

    /// The workspace of an active client, whoever asks.
    func workspace(of id: ClientID) async throws -> WorkspaceID?
}
