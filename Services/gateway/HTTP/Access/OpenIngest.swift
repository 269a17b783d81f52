import Bus
import Contracts

extension RouteInput {
    /// Who logs a call that came without a credential, where the operator allowed that: nobody, in the workspace of the
    /// call's client.
    /// - Faults: `.clientNotFound`.
    package func openIngestCaller(for clientID: ClientID) async throws -> Caller {
        let workspaceID = try await bus.ask(FindClientWorkspace(id: clientID), as: .service("gateway"))
        return Authentication.openIngestCaller(in: workspaceID)
    }
}
