import Contracts

/// What the service knows of a client that agents owns.
struct ClientCopy: OwnedCopy, Equatable {
    let workspaceID: WorkspaceID
    let id: ClientID
    let name: String
    let phoneNumber: String
    let agentID: AgentID?
    /// False once it is deleted: it takes no new calls and keeps its old ones.
    let isActive: Bool
    /// A later change has a higher one.
    let version: Int

    init(_ record: ClientRecord, in workspaceID: WorkspaceID) {
        self.workspaceID = workspaceID
        id = record.id
        name = record.name
        phoneNumber = record.phoneNumber
        agentID = record.agentID
        isActive = record.isActive
        version = record.version
    }

    init(
        workspaceID: WorkspaceID, id: ClientID, name: String, phoneNumber: String, agentID: AgentID?, isActive: Bool,
        version: Int
    ) {
        self.workspaceID = workspaceID
        self.id = id
        self.name = name
        self.phoneNumber = phoneNumber
        self.agentID = agentID
        self.isActive = isActive
        self.version = version
    }
}
