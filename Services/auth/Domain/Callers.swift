import Bus
import Contracts

extension Caller {
    /// The session that the caller speaks in.
    /// - Throws: `.tokenInvalid` when the caller is no person.
    func requireSession() throws -> SessionReference {
        guard case .person(let id, let session) = identity, let workspaceID else { throw Fault(.tokenInvalid) }
        return SessionReference(
            sessionID: SessionID(session), personID: PersonID(id), workspaceID: WorkspaceID(workspaceID))
    }

    /// The session of a caller who must be a person.
    /// - Throws: `.permissionDenied` for an API key.
    func requirePerson() throws -> SessionReference {
        guard case .person = identity else { throw Fault(.permissionDenied) }
        return try requireSession()
    }

    /// - Throws: `.permissionDenied` unless a service or the gateway asks as itself.
    func requireService() throws {
        guard case .service = identity else { throw Fault(.permissionDenied) }
    }
}

extension Session {
    /// As its owner names it.
    var reference: SessionReference {
        SessionReference(sessionID: id, personID: personID, workspaceID: workspaceID)
    }
}
