import Bus
import Contracts
import Foundation

extension InMemoryAuthStore: PasswordResetRepository, MailRepository {
    struct StoredMail: Sendable {
        /// Counts all letters that were ever stored.
        let number: Int
        var mail: NewMail
        var dueAt: Timestamp
        var attempts = 0
    }

    func add(_ reset: PasswordReset, mail: NewMail, recording entry: AuditEntry) {
        record(entry)
        let live = resets.values.count {
            $0.personID == reset.personID && !$0.isUsed && $0.expiresAt > reset.createdAt
        }
        guard live < PasswordReset.mostAtOnce, let email = people[reset.personID]?.record.email else { return }
        resets[reset.token.id] = StoredPasswordReset(
            personID: reset.personID, workspaceID: reset.workspaceID, email: EmailAddress(stored: email),
            hash: reset.token.hash, generation: reset.generation, expiresAt: reset.expiresAt, isUsed: false)
        add(mail)
    }

    func passwordReset(_ id: UUID) -> StoredPasswordReset? {
        resets[id]
    }

    func redeem(
        _ id: UUID, _ reset: StoredPasswordReset, settingPassword password: PasswordHash, mail: NewMail,
        recording entry: AuditEntry, revocation: @Sendable (Int, Timestamp?) -> AccessRevoked
    ) throws {
        guard let stored = resets[id], !stored.isUsed, stored.expiresAt > entry.at,
            let person = people[stored.personID], person.generation == stored.generation, person.isActive
        else { throw Fault(.resetTokenInvalid, field: "token") }
        resets[id]?.isUsed = true
        people[stored.personID]?.password = password
        add(mail)
        _ = try raiseGeneration(
            of: stored.personID, in: stored.workspaceID, recording: entry, revocation: revocation)
    }

    func add(_ mail: NewMail) {
        mailCount += 1
        mails[mail.id] = StoredMail(number: mailCount, mail: mail, dueAt: mail.createdAt)
    }

    func claimMails(atMost limit: Int, dueAt now: Timestamp, until leaseEnd: Timestamp) -> [ClaimedMail] {
        mails.values.filter { $0.dueAt <= now }.sorted { $0.dueAt < $1.dueAt }.prefix(limit).map { stored in
            let (mail, attempts) = (stored.mail, stored.attempts + 1)
            mails[mail.id] = StoredMail(number: stored.number, mail: mail, dueAt: leaseEnd, attempts: attempts)
            return ClaimedMail(
                id: mail.id, workspaceID: mail.workspaceID, letter: mail.letter, createdAt: mail.createdAt,
                forgetAfter: mail.forgetAfter, attempts: attempts)
        }
    }

    func remove(_ mail: ClaimedMail) {
        mails[mail.id] = nil
    }

    func postpone(_ mail: ClaimedMail, until dueAt: Timestamp) {
        mails[mail.id]?.dueAt = dueAt
    }
}
