import Contracts
import Foundation
import Logging
import Testing

@testable import auth

struct MailTests {
    private let sender = MailSender("Switchboard <no-reply@example.com>")

    private func text(_ letter: Letter, id: UUID = UUID()) throws -> String {
        let moment = try #require(Timestamp(text: "2026-11-21T07:38:39Z"))
        return String(
            decoding: MailText(letter, from: try #require(sender), id: id, createdAt: moment).bytes, as: UTF8.self)
    }

    @Test func `a plain letter is plain to read`() throws {
        let token = OpaqueToken(for: .passwordReset)
        let letter = Letters(appURL: "https://app.example.com").passwordReset(
            token, to: EmailAddress(stored: "ann@example.com"), minutes: 10)
        let text = try text(letter)
        #expect(text.contains("\r\n\(token.text)\r\n"))
        #expect(text.contains("\r\nhttps://app.example.com/reset-password?token=\(token.text)\r\n"))
        for line in [
            "Date: Sat, 21 Nov 2026 07:38:39 +0000", "From: Switchboard <no-reply@example.com>",
            "To: <ann@example.com>", "Subject: Reset your password", "Content-Type: text/plain; charset=utf-8",
            "Content-Transfer-Encoding: 7bit",
        ] {
            #expect(text.contains("\(line)\r\n"), "\(line)")
        }
        #expect(
            !Letters(appURL: nil).passwordReset(token, to: EmailAddress(stored: "a@b.c"), minutes: 10).text
                .contains("http"))
    }

    @Test func `a token stands whole in a letter that is not plain`() throws {
        let token = OpaqueToken(for: .invitation)
        let letter = Letters(appURL: "https://example.com").invitation(
            token, to: EmailAddress(stored: "ann@example.com"), workspaceName: "Zahnärzte\r\nBcc: x@example.com",
            days: 7)
        let text = try text(letter)
        #expect(text.contains("Content-Transfer-Encoding: quoted-printable\r\n"))
        #expect(text.contains("\r\n\(token.text)\r\n") && text.contains("Zahn=C3=A4rzte"))
        let head = try #require(text.components(separatedBy: "\r\n\r\n").first)
        #expect(!head.contains("\r\nBcc:") && head.contains("Subject: =?utf-8?B?"))
        #expect(text.split(separator: "\r\n").allSatisfy { $0.utf8.count <= 78 })
    }

    @Test func `a dot at the start of a line is doubled and the end is marked`() throws {
        let letter = Letter(recipient: "ann@example.com", subject: "Dots", text: ".\n..\nend")
        let mail = MailText(
            letter, from: try #require(sender), id: UUID(), createdAt: Timestamp(microseconds: 0))
        let body = String(decoding: mail.stuffed, as: UTF8.self).components(separatedBy: "\r\n\r\n")[1]
        #expect(body == "..\r\n...\r\nend\r\n.\r\n")
        #expect(MailText.date(Timestamp(microseconds: 0)) == "Thu, 01 Jan 1970 00:00:00 +0000")
        #expect(MailText.date(Timestamp(microseconds: -1)) == "Wed, 31 Dec 1969 23:59:59 +0000")
    }

    @Test(arguments: ["", "x", "Name <x>", "a@b.c, d@e.f", "a\nb <a@b.c>", "jürgen@example.com", "<a@b.c> x"])
    func `what is no sender is refused`(_ text: String) {
        #expect(MailSender(text) == nil)
    }

    @Test func `a sender is an address with or without a name`() {
        #expect(MailSender("a@b.c")?.name == "" && MailSender("\"A, B\" <a@b.c>")?.name == "A, B")
    }

    @Test func `a letter is tried again with longer and longer pauses until it is of no use`() async throws {
        let store = InMemoryAuthStore()
        let clock = StoppedClock()
        let delivery = FailingDelivery()
        let loop = MailLoop(
            mails: store, delivery: delivery, counts: MailCounts(), bell: MailBell(),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }, now: { clock.now })
        let mail = NewMail(
            workspaceID: WorkspaceID(UUID()), letter: Letter(recipient: "a@b.c", subject: "", text: ""),
            createdAt: clock.now, forgetAfter: clock.now.adding(seconds: 100))
        await store.add(mail)
        var pauses: [Int] = []
        while pauses.count < 4 {
            #expect(await loop.sendDue() == 1 && loop.counts.current.failed == pauses.count + 1)
            var waited = 0
            while await store.dueCount(at: clock.now) == 0 {
                clock.advance(seconds: 1)
                waited += 1
            }
            pauses.append(waited)
        }
        #expect(pauses == [5, 10, 20, 40])
        clock.advance(seconds: 30)
        #expect(await loop.sendDue() == 1 && loop.counts.current.givenUp == 1)
        #expect(await store.mails.isEmpty && delivery.attempts == 4)
        #expect(MailLoop.pauseSeconds(after: 1) == 5 && MailLoop.pauseSeconds(after: 1000) == 900)
    }

    @Test func `a letter that is refused for ever is tried once`() async throws {
        let store = InMemoryAuthStore()
        let delivery = FailingDelivery(error: MailRefused(description: "no such person"))
        let loop = MailLoop(
            mails: store, delivery: delivery, counts: MailCounts(), bell: MailBell(),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        await store.add(
            NewMail(
                workspaceID: WorkspaceID(UUID()), letter: Letter(recipient: "a@b.c", subject: "", text: ""),
                createdAt: .now(), forgetAfter: .now().adding(seconds: 100)))
        #expect(await loop.sendDue() == 1 && loop.counts.current.givenUp == 1)
        #expect(await loop.sendDue() == 0)
    }

    @Test func `a bell wakes once for every time it was rung, and else after its patience`() async {
        let bell = MailBell()
        bell.ring()
        bell.ring()
        await bell.wait(atMost: .seconds(60))
        let took = await ContinuousClock().measure { await bell.wait(atMost: .milliseconds(50)) }
        #expect(took >= .milliseconds(50))
        let waiting = Task { await bell.wait(atMost: .seconds(60)) }
        try? await Task.sleep(for: .milliseconds(20))
        bell.ring()
        await waiting.value
        let cancelled = Task { await bell.wait(atMost: .seconds(60)) }
        cancelled.cancel()
        await cancelled.value
    }
}

/// Brings nothing to anybody.
private final class FailingDelivery: MailDelivery, @unchecked Sendable {
    struct Unreachable: Error {}

    private let lock = NSLock()
    private let error: any Error
    private var count = 0

    init(error: any Error = Unreachable()) {
        self.error = error
    }

    var attempts: Int { lock.withLock { count } }

    func deliver(_ mail: ClaimedMail) async throws {
        lock.withLock { count += 1 }
        throw error
    }
}

extension InMemoryAuthStore {
    fileprivate func dueCount(at now: Timestamp) -> Int {
        mails.values.count { $0.dueAt <= now }
    }
}
