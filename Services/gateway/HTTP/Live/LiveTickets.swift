import Bus
import Contracts
import Crypto
import Foundation
import Hummingbird

/// Tickets: short-lived stand-ins for a credential, for clients that can only give an address.
///
/// A ticket is signed and says whose it is, so that every gateway can read it and handing one out asks nobody. That it is
/// good once is up to auth, where its id is stored in the moment of its use.
package struct LiveTickets: Sendable {
    static let seconds = 30

    private let key: SymmetricKey
    private let authentication: Authentication
    private let bus: any Asking

    /// - Parameter secret: of access tokens; the key of tickets is derived from it and opens nothing else.
    package init(secret: String, authentication: Authentication, bus: any Asking) {
        key = HKDF<SHA256>.deriveKey(
            inputKeyMaterial: SymmetricKey(data: Array(secret.utf8)), info: Array("switchboard live tickets v1".utf8),
            outputByteCount: 32)
        self.authentication = authentication
        self.bus = bus
    }

    /// `POST ws/ticket`. Tickets for one idempotency key are one ticket: the first use of any of them uses up all.
    package var route: Route {
        Route(
            .post, "ws/ticket", needs: .readCalls, status: .ok,
            summary: "A ticket for `/ws?ticket=…`: good once, for 30 seconds, on any gateway",
            answer: .json(TicketBody.schema)
        ) { input in
            let credential = try await authentication.credential(of: input.headers)
            let id = input.callKeyID()?.uuid ?? input.makeID()
            return Answer(.ok, TicketBody(ticket: text(of: Ticket(id: id, credential, at: .now()))))
        }
    }

    /// The credential that a ticket stands for; the ticket is used up.
    /// - Throws: `.tokenInvalid`, `.tokenExpired`; `.unavailable` while auth cannot be asked.
    func redeem(_ text: String, at now: Timestamp = .now()) async throws -> Authentication.Credential {
        guard text.utf8.count <= 1024, let ticket = ticket(text) else { throw Fault(.tokenInvalid) }
        guard now < ticket.expiresAt else { throw Fault(.tokenExpired) }
        try authentication.requireGood(ticket.standing, at: now)
        let gateway = Caller.service("gateway", workspaceID: ticket.caller.workspaceID)
        _ = try await bus.ask(SpendTicket(id: ticket.id, expiresAt: ticket.expiresAt), as: gateway, within: 3000)
        return Authentication.Credential(
            caller: ticket.caller, clientHint: ticket.clientHint, wasKnown: false, standing: ticket.standing)
    }

    private func text(of ticket: Ticket) -> String {
        let content = ticket.encoded()
        let code = HMAC<SHA256>.authenticationCode(for: content, using: key)
        return Data(content + Array(code)).base64EncodedString()
            .replacingOccurrences(of: "+", with: "-").replacingOccurrences(of: "/", with: "_")
            .replacingOccurrences(of: "=", with: "")
    }

    private func ticket(_ text: String) -> Ticket? {
        var base64 = text.replacingOccurrences(of: "-", with: "+").replacingOccurrences(of: "_", with: "/")
        base64 += String(repeating: "=", count: (4 - base64.utf8.count % 4) % 4)
        guard let bytes = Data(base64Encoded: base64), bytes.count > 32 else { return nil }
        let content = Array(bytes.dropLast(32))
        guard HMAC<SHA256>.isValidAuthenticationCode(Array(bytes.suffix(32)), authenticating: content, using: key)
        else { return nil }
        return try? Ticket.decoded(from: content)
    }
}

/// What a ticket says.
private struct Ticket: BusMessage {
    let id: UUID
    let expiresAt: Timestamp
    let caller: Caller
    let clientHint: String
    let standing: CredentialStanding

    init(id: UUID, _ credential: Authentication.Credential, at now: Timestamp) {
        self.id = id
        expiresAt = now.adding(seconds: LiveTickets.seconds)
        caller = credential.caller
        clientHint = credential.clientHint
        standing = credential.standing
    }

    init(from reader: inout MessageReader) throws {
        id = try reader.read()
        expiresAt = try reader.read()
        caller = try reader.read()
        clientHint = try reader.read()
        let generation: Int = try reader.read()
        let end = try reader.readOptional(Timestamp.self)
        switch caller.identity {
        case .person(let person, let session):
            standing = CredentialStanding(
                holder: .person(PersonID(person), SessionID(session), generation: generation), expiresAt: end)
        case .apiKey(let id): standing = CredentialStanding(holder: .apiKey(APIKeyID(id)), expiresAt: end)
        case .anonymous, .service: throw MalformedMessage("a ticket is somebody's")
        }
    }

    func write(to writer: inout MessageWriter) {
        writer.write(id)
        writer.write(expiresAt)
        writer.write(caller)
        writer.write(clientHint)
        if case .person(_, _, let generation) = standing.holder { writer.write(generation) } else { writer.write(0) }
        writer.write(optional: standing.expiresAt)
    }
}

struct TicketBody: JSONShown {
    static let schema = Schema.object([
        .always("ticket", .text(example: "AZq3…")), .always("expires_in", .integer(from: 1, through: 30)),
    ])

    let ticket: String

    func write(to json: inout JSONWriter) {
        json.field("ticket", ticket)
        json.field("expires_in", LiveTickets.seconds)
    }
}
