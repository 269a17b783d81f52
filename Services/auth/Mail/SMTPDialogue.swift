import Foundation
import NIOCore
import NIOSSL

/// What a client and a mail server say to each other, one after the other.
struct SMTPDialogue {
    /// Of one reply, in bytes.
    private static let longestReply = 65_536

    private let channel: any Channel
    private var lines: NIOAsyncChannelInboundStream<ByteBuffer>.AsyncIterator
    private let out: NIOAsyncChannelOutboundWriter<ByteBuffer>
    private var unread = ByteBuffer()
    /// What the server says it can do, in capitals.
    private var abilities: [String] = []
    private var isEncrypted = false

    init(
        channel: any Channel, lines: NIOAsyncChannelInboundStream<ByteBuffer>,
        out: NIOAsyncChannelOutboundWriter<ByteBuffer>
    ) {
        self.channel = channel
        self.lines = lines.makeAsyncIterator()
        self.out = out
    }

    /// Greets the server, and goes over to TLS where it offers that.
    mutating func open(_ security: SMTPSecurity, isEncrypted: Bool) async throws {
        self.isEncrypted = isEncrypted
        try await expect(220, "greeting")
        try await greet()
        guard !isEncrypted, abilities.contains("STARTTLS") else { return }
        try await command("STARTTLS", expecting: 220)
        // Whatever was sent in the clear behind the reply was not sent by the server.
        guard unread.readableBytes == 0 else { throw SMTPFailure("text after STARTTLS in the clear") }
        let channel = channel
        try await channel.eventLoop.submit {
            try channel.pipeline.syncOperations.addHandler(security.handler(), position: .first)
        }.get()
        self.isEncrypted = true
        try await greet()
    }

    /// - Parameter isNear: the server is on this machine, so that a password in the clear goes nowhere.
    mutating func logIn(_ login: SMTPLogin, isNear: Bool) async throws {
        guard isEncrypted || isNear else {
            throw SMTPFailure("the server offers no TLS, and the password is not sent in the clear")
        }
        let ways = Set(
            abilities.first { $0.hasPrefix("AUTH ") }?.split(separator: " ").dropFirst().map(String.init) ?? [])
        if ways.contains("PLAIN") {
            try await command("AUTH PLAIN \(base64("\0\(login.user)\0\(login.password)"))", expecting: 235, as: "AUTH")
        } else if ways.contains("LOGIN") {
            try await command("AUTH LOGIN", expecting: 334)
            try await command(base64(login.user), expecting: 334, as: "the user of AUTH")
            try await command(base64(login.password), expecting: 235, as: "the password of AUTH")
        } else {
            throw SMTPFailure("the server offers neither AUTH PLAIN nor AUTH LOGIN")
        }
    }

    /// - Throws: `MailRefused` when the server will never take a letter for this recipient, or this letter.
    mutating func send(_ text: MailText, from sender: String, to recipient: String) async throws {
        let isPlain = recipient.utf8.allSatisfy { $0 < 0x80 }
        guard isPlain || abilities.contains("SMTPUTF8") else {
            throw MailRefused(description: "the server takes no address beyond ASCII")
        }
        try await command("MAIL FROM:<\(sender)>\(isPlain ? "" : " SMTPUTF8")", expecting: 250, as: "MAIL")
        let taken = try await ask("RCPT TO:<\(recipient)>")
        guard taken.code == 250 || taken.code == 251 else { throw taken.refusal(of: "RCPT") }
        try await command("DATA", expecting: 354)
        try await out.write(ByteBuffer(bytes: text.stuffed))
        let reply = try await reply()
        guard reply.code == 250 else { throw reply.refusal(of: "the letter") }
    }

    /// The letter is the server's; whatever it says now changes nothing.
    mutating func quit() async {
        _ = try? await ask("QUIT")
    }

    private mutating func greet() async throws {
        let reply = try await ask("EHLO \(ownName)")
        guard reply.code == 250 else { throw SMTPFailure("EHLO: \(reply)") }
        abilities = reply.lines.dropFirst().map { $0.uppercased() }
    }

    /// An address literal: a name would have to be one that the server can look up.
    private var ownName: String {
        guard let address = channel.localAddress, let text = address.ipAddress else { return "[127.0.0.1]" }
        return address.protocol == .inet6 ? "[IPv6:\(text)]" : "[\(text)]"
    }

    /// - Parameter name: what a failure calls it; a secret is never repeated.
    private mutating func command(_ line: String, expecting code: Int, as name: String? = nil) async throws {
        let reply = try await ask(line)
        guard reply.code == code else { throw SMTPFailure("\(name ?? line): \(reply)") }
    }

    private mutating func expect(_ code: Int, _ name: String) async throws {
        let reply = try await reply()
        guard reply.code == code else { throw SMTPFailure("\(name): \(reply)") }
    }

    private mutating func ask(_ line: String) async throws -> SMTPReply {
        precondition(!line.utf8.contains { $0 == 0x0D || $0 == 0x0A }, "a command is one line")
        try await out.write(ByteBuffer(string: line + "\r\n"))
        return try await reply()
    }

    private mutating func reply() async throws -> SMTPReply {
        var reply = SMTPReply(code: 0, lines: [])
        var size = 0
        while true {
            let line = try await line()
            size += line.utf8.count
            guard size <= Self.longestReply, line.utf8.count >= 3, let code = Int(line.prefix(3)),
                (200..<600).contains(code), reply.lines.isEmpty || code == reply.code
            else { throw SMTPFailure("the server does not speak SMTP") }
            reply.code = code
            reply.lines.append(String(line.dropFirst(4)))
            if line.dropFirst(3).first != "-" { return reply }
        }
    }

    private mutating func line() async throws -> String {
        while true {
            if let end = unread.readableBytesView.firstIndex(of: UInt8(ascii: "\n")) {
                let bytes = unread.readSlice(length: end - unread.readerIndex + 1) ?? ByteBuffer()
                return String(buffer: bytes).trimmingCharacters(in: .newlines)
            }
            guard unread.readableBytes <= Self.longestReply else { throw SMTPFailure("the server does not speak SMTP") }
            guard var more = try await lines.next() else { throw SMTPFailure("the server hung up") }
            unread.discardReadBytes()
            unread.writeBuffer(&more)
        }
    }

    private func base64(_ text: String) -> String {
        Data(text.utf8).base64EncodedString()
    }
}

/// What the server says to one thing.
struct SMTPReply: Sendable, CustomStringConvertible {
    var code: Int
    var lines: [String]

    /// For logs: bounded, in one line.
    var description: String {
        "\(code) \(String(lines.joined(separator: " / ").filter { !$0.isNewline }.prefix(200)))"
    }

    /// A code of 500 and on is for ever.
    fileprivate func refusal(of name: String) -> any Error {
        code >= 500 ? MailRefused(description: "\(name): \(self)") : SMTPFailure("\(name): \(self)")
    }
}
