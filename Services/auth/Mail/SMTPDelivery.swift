import Contracts
import Foundation
import NIOCore
import NIOPosix
import NIOSSL

/// Hands letters to a mail server (RFC 5321), with TLS wherever the server has it.
struct SMTPDelivery: MailDelivery {
    /// Where TLS is spoken from the first byte on.
    static let encryptedPort = 465

    let host: String
    let port: Int
    /// TLS from the first byte on; else as soon as the server offers it.
    var beginsEncrypted = false
    /// Nil where the server takes letters from anybody.
    var login: SMTPLogin?
    let sender: MailSender
    var tls = TLSConfiguration.makeClientConfiguration()
    var connectTimeout: Duration = .seconds(5)
    /// For one letter, from the connection on.
    var timeout: Duration = .seconds(20)

    func deliver(_ mail: ClaimedMail) async throws {
        let text = MailText(mail.letter, from: sender, id: mail.id, createdAt: mail.createdAt)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await converse(to: mail.letter.recipient, text) }
            group.addTask {
                try await Task.sleep(for: timeout)
                throw SMTPFailure("no end after \(timeout)")
            }
            defer { group.cancelAll() }
            try await group.next()
        }
    }

    private func converse(to recipient: String, _ text: MailText) async throws {
        let security = try SMTPSecurity(tls, host: host)
        let channel = try await connect(security)
        try await channel.executeThenClose { inbound, outbound in
            var dialogue = SMTPDialogue(channel: channel.channel, lines: inbound, out: outbound)
            try await dialogue.open(security, isEncrypted: beginsEncrypted)
            if let login { try await dialogue.logIn(login, isNear: Self.isLoopback(host)) }
            try await dialogue.send(text, from: sender.address.text, to: MailText.address(recipient))
            await dialogue.quit()
        }
    }

    private func connect(_ security: SMTPSecurity) async throws -> NIOAsyncChannel<ByteBuffer, ByteBuffer> {
        let isEncrypted = beginsEncrypted
        return try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .connectTimeout(.init(connectTimeout))
            .connect(host: host, port: port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    if isEncrypted { try channel.pipeline.syncOperations.addHandler(security.handler()) }
                    return try NIOAsyncChannel(wrappingChannelSynchronously: channel)
                }
            }
    }

    /// Where nobody can listen on the way.
    static func isLoopback(_ host: String) -> Bool {
        host == "localhost" || host == "::1" || host.wholeMatch(of: /127\.\d+\.\d+\.\d+/) != nil
    }
}

struct SMTPLogin: Sendable {
    let user: String
    let password: String
}

/// The server said something that leads no further, or nothing.
struct SMTPFailure: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }
}

/// How the connection is encrypted, and with whom.
struct SMTPSecurity: Sendable {
    private let context: NIOSSLContext
    private let host: String

    init(_ configuration: TLSConfiguration, host: String) throws {
        var configuration = configuration
        // All is said by then, and many servers never answer it.
        configuration.shutdownTimeout = .milliseconds(200)
        context = try NIOSSLContext(configuration: configuration)
        self.host = host
    }

    /// The name is checked against the certificate; an address, which is no name, against its addresses.
    func handler() throws -> NIOSSLClientHandler {
        let isAddress = (try? SocketAddress(ipAddress: host, port: 0)) != nil
        return try NIOSSLClientHandler(context: context, serverHostname: isAddress ? nil : host)
    }
}
