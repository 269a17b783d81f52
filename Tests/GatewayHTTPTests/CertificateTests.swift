import Foundation
import GatewayHTTP
import NIOConcurrencyHelpers
import NIOCore
import NIOPosix
import NIOSSL
import Testing

@Suite struct CertificateTests {
    /// A folder with a new certificate of its own name.
    static func make(in folder: URL, name: String) throws {
        let openssl = Process()
        openssl.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        openssl.arguments = [
            "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout",
            folder.appendingPathComponent("key.pem").path, "-out", folder.appendingPathComponent("cert.pem").path,
            "-days", "2",
            "-subj", "/CN=\(name)", "-addext", "subjectAltName=DNS:localhost",
        ]
        openssl.standardError = FileHandle.nullDevice
        try openssl.run()
        openssl.waitUntilExit()
        try #require(openssl.terminationStatus == 0)
    }

    /// The common name of the certificate that the server shows, and what it answers to a request.
    static func ask(_ port: Int, onOpen: @escaping @Sendable () async throws -> Void = {}) async throws -> (
        name: String, text: String
    ) {
        let shown = NIOLockedValueBox("")
        let text = NIOLockedValueBox("")
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.certificateVerification = .noHostnameVerification
        let context = try NIOSSLContext(configuration: configuration)
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let tls = try NIOSSLClientHandler(
                        context: context, serverHostname: "localhost",
                        customVerificationCallback: { chain, promise in
                            shown.withLockedValue { $0 = chain.first.map { "\($0.description)" } ?? "" }
                            promise.succeed(.certificateVerified)
                        })
                    try channel.pipeline.syncOperations.addHandler(tls)
                    try channel.pipeline.syncOperations.addHandler(TextKeeper(text))
                }
            }.connect(host: "127.0.0.1", port: port).get()
        func request() async throws {
            let before = text.withLockedValue { $0.utf8.count }
            try await channel.writeAndFlush(ByteBuffer(string: "GET /t/x HTTP/1.1\r\nHost: a\r\n\r\n")).get()
            for _ in 0..<500 where text.withLockedValue({ $0.utf8.count }) == before {
                try await Task.sleep(for: .milliseconds(10))
            }
        }
        try await request()
        try await onOpen()
        try await request()
        try? await channel.close().get()
        return (shown.withLockedValue { $0 }, text.withLockedValue { $0 })
    }

    private final class TextKeeper: ChannelInboundHandler, Sendable {
        typealias InboundIn = ByteBuffer

        private let text: NIOLockedValueBox<String>

        init(_ text: NIOLockedValueBox<String>) { self.text = text }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            let part = String(buffer: unwrapInboundIn(data))
            text.withLockedValue { $0 += part }
        }
    }

    @Test func `a changed certificate is used for new connections, and old ones go on`() async throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("sb-tls-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try Self.make(in: folder, name: "first")
        let certificates = try ServerCertificates(
            certificateFile: folder.appendingPathComponent("cert.pem").path,
            keyFile: folder.appendingPathComponent("key.pem").path)
        let gateway = await Harness([.echo(.get, "x")]) { $0.isSecure = true }.gateway
        try await LiveServer.run(gateway, certificates: certificates) { server in
            let old = try await Self.ask(server.port) {
                try Self.make(in: folder, name: "second")
                certificates.reloadIfChanged(logger: silent)
                let new = try await Self.ask(server.port)
                #expect(new.name.contains("second"))
            }
            #expect(old.name.contains("first"))
            #expect(old.text.components(separatedBy: "HTTP/1.1 200 OK").count == 3)
            #expect(old.text.contains("Strict-Transport-Security"))
            try "broken".write(to: folder.appendingPathComponent("key.pem"), atomically: true, encoding: .utf8)
            certificates.reloadIfChanged(logger: silent)
            #expect(try await Self.ask(server.port).name.contains("second"))
        }
    }
}
