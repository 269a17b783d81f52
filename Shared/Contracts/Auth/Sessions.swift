import Bus

/// A sign-in that has not ended.
package struct SessionRecord: BusMessage, Codable, Equatable {
    package var id: SessionID
    package var workspaceID: WorkspaceID
    package var createdAt: Timestamp
    /// When it was begun or its tokens were renewed last.
    package var lastUsedAt: Timestamp
    package var expiresAt: Timestamp
    package var origin: ClientOrigin
    /// It is the caller's own.
    package var isCurrent: Bool

    package init(
        id: SessionID, workspaceID: WorkspaceID, createdAt: Timestamp, lastUsedAt: Timestamp, expiresAt: Timestamp,
        origin: ClientOrigin, isCurrent: Bool
    ) {
        self.id = id
        self.workspaceID = workspaceID
        self.createdAt = createdAt
        self.lastUsedAt = lastUsedAt
        self.expiresAt = expiresAt
        self.origin = origin
        self.isCurrent = isCurrent
    }
}

/// The caller's own sessions in all workspaces, newest first.
/// - Faults: `.permissionDenied` for an API key, `.inputInvalid` for a limit outside of 1–1000.
package struct ListSessions: BusRequest, Codable {
    package static let subject: Subject = "auth.list-sessions.v1"
    package static let isRepeatable = true
    package typealias Reply = SessionList

    package var page: PageRequest

    package init(page: PageRequest = PageRequest()) {
        self.page = page
    }
}

package struct SessionList: BusMessage, Codable, Equatable {
    package var sessions: [SessionRecord]
    package var total: Int
    /// Nil on the last page.
    package var next: PageCursor?

    package init(sessions: [SessionRecord], total: Int, next: PageCursor? = nil) {
        self.sessions = sessions
        self.total = total
        self.next = next
    }
}

/// End one of the caller's own sessions; every gateway refuses its tokens within a second.
/// - Faults: `.sessionNotFound`, `.permissionDenied` for an API key.
package struct EndSession: BusRequest, Codable {
    package static let subject: Subject = "auth.end-session.v1"
    package typealias Reply = Done

    package var id: SessionID

    package init(id: SessionID) {
        self.id = id
    }
}

/// Begin a session in another workspace of the caller, which ends when the caller's own does at the latest. That one goes on.
/// - Faults: `.workspaceNotFound` for one that the caller may not enter, `.permissionDenied` for an API key, `.tokenInvalid`,
///   `.keyReused`, `.stillRunning`.
package struct SwitchWorkspace: BusRequest, Codable {
    package static let subject: Subject = "auth.switch-workspace.v1"
    package typealias Reply = Outcome<SignedIn>

    package var workspaceID: WorkspaceID
    package var origin: ClientOrigin
    package var idempotency: IdempotencyKey?

    package init(workspaceID: WorkspaceID, origin: ClientOrigin, idempotency: IdempotencyKey? = nil) {
        self.workspaceID = workspaceID
        self.origin = origin
        self.idempotency = idempotency
    }
}
