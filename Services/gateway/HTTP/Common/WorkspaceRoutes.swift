import Bus
import Contracts

/// `workspace`, its members, and the sessions of who is signed in: alike under every prefix.
package enum WorkspaceRoutes {
    /// - Parameter clientHint: what a new account is pinned to where the surfaces of two products collide.
    package static func routes(clientHint: String) -> [Route] {
        workspace + members + sessions + [
            .post("workspace/invitations/accept", needs: .nothing, "Join a workspace with the token of an invitation") {
                (body: AcceptInvitationBody, input) in
                body.ask(clientHint: clientHint, from: input.origin)
            } show: {
                JoinedBody(joined: $0)
            }.counted(.authentication)
        ]
    }

    private static let workspace: [Route] = [
        .get("workspace", needs: .credential, "The workspace of the credential") { _ in
            GetWorkspace()
        } show: {
            WorkspaceBody(workspace: $0)
        },
        .patch("workspace", needs: .admin, "Change the workspace; what is absent stays") {
            (body: ChangedWorkspaceBody, _) in
            body.change
        } show: {
            WorkspaceBody(workspace: $0)
        },
    ]

    private static let members: [Route] = [
        .get(
            "workspace/members", needs: .admin, "Who works in the workspace or is invited, newest first",
            query: ListBounds.pageQuery
        ) {
            ListMembers(page: try ListBounds.page($0.query))
        } show: {
            MembersBody(list: $0)
        },
        .post("workspace/members", .created, needs: .admin, "Invite somebody by mail; again: send it anew") {
            (body: NewMemberBody, input) in
            InviteMember(email: body.email, role: body.role, name: body.name, idempotency: input.idempotency)
        } show: {
            MemberBody(member: $0.value)
        },
        .patch("workspace/members/{id}", needs: .admin, "Change what a member may do, within a second") {
            (body: ChangedMemberBody, input) in
            UpdateMember(id: try input.id(orElse: .memberNotFound), role: body.role, isActive: body.isActive)
        } show: {
            MemberBody(member: $0)
        },
        .delete("workspace/members/{id}", needs: .admin, "Take a member out within a second, or an invitation back") {
            RemoveMember(id: try $0.id(orElse: .memberNotFound))
        } show: { _ in
            DoneBody(message: "Member removed")
        }.conflicting,
    ]

    private static let sessions: [Route] = [
        .get(
            "auth/sessions", needs: .credential, "Where the person is signed in, newest first",
            query: ListBounds.pageQuery
        ) {
            ListSessions(page: try ListBounds.page($0.query))
        } show: {
            SessionsBody(list: $0)
        },
        .delete("auth/sessions/{id}", needs: .credential, "End one of the person's own sessions within a second") {
            EndSession(id: try $0.id(orElse: .sessionNotFound))
        } show: { _ in
            DoneBody(message: "Session ended")
        },
        .post("auth/switch-workspace", needs: .credential, "Sign in to another workspace of the person") {
            (body: SwitchWorkspaceBody, input) in
            SwitchWorkspace(
                workspaceID: body.workspaceID, origin: input.origin, idempotency: input.idempotency)
        } show: {
            SignedInBody($0.value)
        },
    ]
}
