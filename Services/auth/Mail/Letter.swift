import Bus
import Contracts
import Foundation
import ServiceRuntime

/// What somebody is written.
struct Letter: BusMessage, Codable, Equatable {
    /// In the form of `EmailAddress`.
    var recipient: String
    var subject: String
    /// Lines end with `\n`.
    var text: String
}

/// A letter to be stored with what it is about.
struct NewMail: Sendable {
    let id = UUIDv7.make()
    let workspaceID: WorkspaceID
    let letter: Letter
    let createdAt: Timestamp
    /// Then it is of no use any more.
    let forgetAfter: Timestamp
}

/// A letter that this process sends and no other does, until its lease ends.
struct ClaimedMail: Sendable {
    let id: UUID
    let workspaceID: WorkspaceID
    let letter: Letter
    let createdAt: Timestamp
    let forgetAfter: Timestamp
    /// With this one.
    let attempts: Int
}

/// Mail that waits.
protocol MailRepository: Sendable {
    /// Takes what is due, the oldest first, and keeps others from it until `leaseEnd`. What cannot be opened is passed over.
    func claimMails(atMost limit: Int, dueAt now: Timestamp, until leaseEnd: Timestamp) async throws -> [ClaimedMail]

    /// It is sent, or of no use any more.
    func remove(_ mail: ClaimedMail) async throws

    func postpone(_ mail: ClaimedMail, until dueAt: Timestamp) async throws
}

/// Hands letters to whoever brings them to people.
protocol MailDelivery: Sendable {
    /// - Parameter mail: handed over again after a crash, with the same id.
    /// - Throws: `MailRefused` when another attempt would end the same; anything else is worth another.
    func deliver(_ mail: ClaimedMail) async throws
}

/// Nobody will ever take this letter.
struct MailRefused: Error, CustomStringConvertible {
    let description: String
}
