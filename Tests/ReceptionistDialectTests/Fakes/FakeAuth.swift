import Bus
import Contracts
import Foundation
import JWTKit
import NIOConcurrencyHelpers

struct TestClaims: JWTPayload {
    let claims: AccessClaims

    init(_ claims: AccessClaims) { self.claims = claims }
    init(from decoder: any Decoder) throws { claims = try AccessClaims(from: decoder) }
    func encode(to encoder: any Encoder) throws { try claims.encode(to: encoder) }
    func verify(using algorithm: some JWTAlgorithm) async throws {}
}

/// Auth on dictionaries.
final class FakeAuth: Sendable {
    struct State {
        var people: [String: (password: String, person: PersonRecord)] = [:]
        var keys: [String: APIKeyGrant] = [:]
        var keyRecords: [APIKeyRecord] = []
        var noted: [NoteAPIKeyUse.Use] = []
        var loggedOut: [Caller] = []
        var asksForKeys = 0
    }

    let state = NIOLockedValueBox(State())

    func serve(on bus: InMemoryBus) {
        bus.serve(Register.self) { request, _ in
            guard request.password.count >= 6 else { throw Fault(.passwordInvalid) }
            let email = request.email.lowercased()
            let person = PersonRecord(
                id: PersonID(UUID()), email: email, name: request.name ?? String(email.prefix { $0 != "@" }),
                role: .admin,
                workspaceID: WorkspaceID(UUID()), workspaceName: "w",
                createdAt: Timestamp(text: "2025-12-26T10:30:00Z")!)
            try self.state.withLockedValue { state in
                guard state.people[email] == nil else { throw Fault(.emailTaken) }
                state.people[email] = (request.password, person)
            }
            return try await Self.signedIn(person)
        }
        bus.serve(LogIn.self) { request, _ in
            let known = self.state.withLockedValue { $0.people[request.email.lowercased()] }
            guard let known, known.password == request.password else { throw Fault(.credentialsInvalid) }
            return try await Self.signedIn(known.person)
        }
        bus.serve(GetMe.self) { _, caller in try self.person(caller) }
        bus.serve(RenewToken.self) { _, caller in Outcome(try await Self.signedIn(self.person(caller))) }
        bus.serve(LogOut.self) { _, caller in
            self.state.withLockedValue { $0.loggedOut.append(caller) }
            return Done()
        }
        bus.serve(CheckAPIKey.self) { request, _ in
            try self.state.withLockedValue { state in
                state.asksForKeys += 1
                guard let grant = state.keys[request.secret] else { throw Fault(.tokenInvalid) }
                return grant
            }
        }
        bus.serve(NoteAPIKeyUse.self) { request, _ in
            self.state.withLockedValue { $0.noted += request.uses }
            return Done()
        }
        serveKeys(on: bus)
    }

    private func serveKeys(on bus: InMemoryBus) {
        bus.serve(CreateAPIKey.self) { request, caller in
            let record = APIKeyRecord(
                id: APIKeyID(UUID()), name: request.name, prefix: "sb_abcd", scopes: request.scopes, createdAt: .now(),
                expiresAt: request.expiresInDays.map { Timestamp.now().adding(seconds: $0 * 86_400) }, lastUsedAt: nil)
            let secret = "sb_\(record.id)"
            let grant = APIKeyGrant(
                id: record.id, workspaceID: try caller.requireWorkspace(), scopes: request.scopes,
                clientHint: "voicera",
                expiresAt: record.expiresAt)
            self.state.withLockedValue { state in
                state.keyRecords.append(record)
                state.keys[secret] = grant
            }
            return Outcome(CreatedAPIKey(record: record, secret: secret))
        }
        bus.serve(ListAPIKeys.self) { _, _ in
            let keys = self.state.withLockedValue { $0.keyRecords }
            return APIKeyList(keys: keys, total: keys.count)
        }
        bus.serve(DeleteAPIKey.self) { request, _ in
            try self.state.withLockedValue { state in
                guard state.keyRecords.contains(where: { $0.id == request.id }) else { throw Fault(.apiKeyNotFound) }
                state.keyRecords.removeAll { $0.id == request.id }
            }
            return Done()
        }
    }

    private func person(_ caller: Caller) throws -> PersonRecord {
        guard case .person(let id, _) = caller.identity else { throw Fault(.personNotFound) }
        let person = state.withLockedValue { $0.people.values.first { $0.person.id.uuid == id }?.person }
        guard let person else { throw Fault(.personNotFound) }
        return person
    }

    static func signedIn(_ person: PersonRecord) async throws -> SignedIn {
        let session = SessionID(UUID())
        return SignedIn(
            token: try await token(person: person.id, session: session, workspace: person.workspaceID),
            expiresAt: Timestamp.now().adding(seconds: 86_400), sessionID: session, person: person)
    }

    static func token(
        person: PersonID = PersonID(UUID()), session: SessionID = SessionID(UUID()),
        workspace: WorkspaceID = WorkspaceID(UUID()), scopes: Scopes = Role.admin.scopes, generation: Int = 0,
        expiresInSeconds: Int = 3600, audience: String = "voicera-api", secret: String = TestGateway.secret
    ) async throws -> String {
        let now = Int(Date().timeIntervalSince1970)
        let keys = await JWTKeyCollection().add(hmac: HMACKey(from: secret), digestAlgorithm: .sha256)
        return try await keys.sign(
            TestClaims(
                AccessClaims(
                    sub: person.description, userID: person.description, email: "user@example.com", role: .admin,
                    permissions: scopes.names, workspaceID: workspace.description, dialect: "voicera",
                    sid: session.description, gen: generation, jti: UUID().uuidString, iat: now,
                    exp: now + expiresInSeconds, aud: audience)))
    }
}
