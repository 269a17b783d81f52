import Contracts
import Foundation
import NIOSSL
import TestSupport
import Testing

@testable import auth

/// Letters handed to a real mail server.
@Suite(.enabled(if: MailServer.isAvailable, "python3-aiosmtpd is not installed"))
struct SMTPTests {
    private let sender = MailSender("Switchboard <no-reply@example.com>")

    private func mail(to recipient: String, subject: String = "Hello", text: String = "Hello\n") -> ClaimedMail {
        ClaimedMail(
            id: UUID(), workspaceID: WorkspaceID(UUID()),
            letter: Letter(recipient: recipient, subject: subject, text: text), createdAt: .now(),
            forgetAfter: .now().adding(seconds: 600), attempts: 1)
    }

    private func delivery(_ server: MailServer, host: String = "127.0.0.1", trusting chain: String? = nil) throws
        -> SMTPDelivery
    {
        var delivery = SMTPDelivery(host: host, port: server.port, sender: try #require(sender))
        delivery.timeout = .seconds(10)
        if let chain { delivery.tls.trustRoots = .file(chain) }
        return delivery
    }

    /// A certificate for 127.0.0.1 and localhost that is its own authority.
    private func withCertificate(_ body: (_ chain: String, _ key: String) async throws -> Void) async throws {
        let folder = FileManager.default.temporaryDirectory.path + "/smtp-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try TemporaryPostgres.run([
            "/usr/bin/openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
            "-days", "2", "-subj", "/CN=mail", "-addext", "subjectAltName=IP:127.0.0.1,DNS:localhost", "-keyout",
            "\(folder)/key.pem", "-out", "\(folder)/chain.pem",
        ])
        try await body("\(folder)/chain.pem", "\(folder)/key.pem")
    }

    @Test func `a letter arrives as it was written, whatever is in it`() async throws {
        try await MailServer.with { server in
            let plain = "one\n.\n..two dots\n.\r\nthe end"
            let long = String(repeating: "a long line with ümlauts = equals ", count: 60) + "\n.\nend \n"
            for (subject, text) in [
                ("Plain", plain), ("Grüße 👋🏽 an " + String(repeating: "Jürgen ", count: 30), long),
                ("a\r\nBcc: victim@example.com\r\n\r\nbody", "x\r\nQUIT\r\n"), ("=?utf-8?B?AAAA?=", ""),
            ] {
                try await delivery(server).deliver(mail(to: "ann@example.com", subject: subject, text: text))
            }
            let received = server.received
            #expect(received.count == 4)
            #expect(received.allSatisfy { $0.sender == "no-reply@example.com" && $0.recipients == ["ann@example.com"] })
            let read = try await MailReading.read(received.map(\.content))
            #expect(read.map(\.subject)[0] == "Plain" && read[0].text == plain.replacing("\r\n", with: "\n") + "\n")
            #expect(read[1].subject.hasPrefix("Grüße 👋🏽 an Jürgen") && read[1].text == long)
            // What looked like headers of its own is part of the subject.
            #expect(read[2].headers == read[0].headers && read[2].text == "x\nQUIT\n")
            #expect(read[2].subject.contains("victim@example.com") && read[3].subject == "=?utf-8?B?AAAA?=")
            for letter in received {
                let lines = letter.content.split(separator: "\r\n", omittingEmptySubsequences: false)
                #expect(lines.allSatisfy { $0.utf8.count <= 998 && $0.utf8.allSatisfy { $0 < 0x80 } })
            }
        }
    }

    @Test func `TLS and a login are used where the server has them`() async throws {
        try await withCertificate { chain, key in
            for (excluded, beginsEncrypted) in [(nil, false), ("PLAIN", false), (nil, true), ("PLAIN", true)] {
                var options = MailServer.Options()
                options.certificate = (chain, key)
                options.login = "mailer:pa ss\u{1}wörd"
                options.excludedLogin = excluded
                options.beginsEncrypted = beginsEncrypted
                try await MailServer.with(options) { server in
                    for host in ["127.0.0.1", "localhost"] {
                        var delivery = try delivery(server, host: host, trusting: chain)
                        delivery.beginsEncrypted = beginsEncrypted
                        delivery.login = SMTPLogin(user: "mailer", password: "pa ss\u{1}wörd")
                        try await delivery.deliver(mail(to: "ann@example.com"))
                        delivery.login = SMTPLogin(user: "mailer", password: "wrong")
                        let failure = await #expect(throws: SMTPFailure.self) {
                            try await delivery.deliver(mail(to: "ann@example.com"))
                        }
                        #expect(failure?.description.contains("535") == true, "\(failure?.description ?? "")")
                    }
                    #expect(server.received.map(\.isEncrypted) == [true, true])
                    #expect(server.received.allSatisfy { $0.login == "mailer" })
                }
            }
        }
    }

    @Test func `a server that cannot prove who it is gets neither letter nor password`() async throws {
        try await withCertificate { chain, key in
            var options = MailServer.Options()
            options.certificate = (chain, key)
            try await MailServer.with(options) { server in
                for beginsEncrypted in [false, true] {
                    var untrusting = try delivery(server)
                    untrusting.beginsEncrypted = beginsEncrypted
                    await #expect(throws: (any Error).self) {
                        try await untrusting.deliver(mail(to: "ann@example.com"))
                    }
                }
                #expect(server.received.isEmpty)
            }
        }
        #expect(SMTPDelivery.isLoopback("127.0.0.1") && SMTPDelivery.isLoopback("localhost"))
        #expect(!SMTPDelivery.isLoopback("127.0.0.1.example.com") && !SMTPDelivery.isLoopback("mail.example.com"))
    }

    @Test func `what the server puts off is tried again, what it refuses for ever is not`() async throws {
        var options = MailServer.Options()
        options.refusals = 2
        try await MailServer.with(options) { server in
            let delivery = try delivery(server)
            for _ in 0..<2 {
                await #expect(throws: SMTPFailure.self) { try await delivery.deliver(mail(to: "ann@example.com")) }
            }
            try await delivery.deliver(mail(to: "jürgen@example.com"))
            await #expect(throws: MailRefused.self) { try await delivery.deliver(mail(to: "nobody@example.com")) }
            #expect(server.received.map(\.recipients) == [["jürgen@example.com"]])
        }
    }

    @Test func `a server that says nothing, or nonsense, is given up in time`() async throws {
        let port = try TestPorts.free()
        var delivery = SMTPDelivery(host: "127.0.0.1", port: port, sender: try #require(sender))
        await #expect(throws: (any Error).self) { try await delivery.deliver(mail(to: "ann@example.com")) }
        // A web server's port: it waits for a request as we wait for a greeting.
        let silent = try await ChildProcess.start(
            ["/usr/bin/python3", "-m", "http.server", "\(port)", "--bind", "127.0.0.1"],
            environment: ["PATH": "/usr/bin:/bin"], log: "/dev/null")
        defer { silent.send(SIGKILL) }
        delivery.timeout = .milliseconds(700)
        let start = ContinuousClock.now
        for _ in 0..<3 {
            await #expect(throws: (any Error).self) { try await delivery.deliver(mail(to: "ann@example.com")) }
        }
        #expect(ContinuousClock.now - start < .seconds(8))
    }
}

/// Letters as Python's own reader understands them.
private struct MailReading {
    let headers: [String]
    let subject: String
    let text: String

    static func read(_ contents: [String]) async throws -> [MailReading] {
        let folder = FileManager.default.temporaryDirectory.path + "/mail-reading-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try JSON.array(contents.map { JSON($0) }).bytes.withUnsafeBytes {
            try Data($0).write(to: URL(fileURLWithPath: folder + "/in"))
        }
        let script = """
            import email, email.policy, json, sys
            read = [email.message_from_bytes(text.encode(), policy=email.policy.default)
                    for text in json.load(open(sys.argv[1] + "/in"))]
            json.dump([{"headers": m.keys(), "subject": m["Subject"], "text": m.get_content()} for m in read],
                      open(sys.argv[1] + "/out", "w"))
            """
        try TemporaryPostgres.run(["/usr/bin/python3", "-c", script, folder])
        let read = try JSON(bytes: Array(Data(contentsOf: URL(fileURLWithPath: folder + "/out"))))
        return (read.array ?? []).map { letter in
            MailReading(
                headers: letter["headers"].array?.compactMap(\.string) ?? [], subject: letter["subject"].string ?? "",
                text: (letter["text"].string ?? "").replacing("\r\n", with: "\n"))
        }
    }
}
