import Foundation
import GatewayHTTP
import Logging
import NIOConcurrencyHelpers
import NIOCore
import NIOPosix
import ServiceLifecycle

/// A gateway that listens on a port of its own while a test runs.
struct LiveServer: Sendable {
    let port: Int

    static func run(
        _ gateway: Gateway, certificates: ServerCertificates? = nil,
        _ test: @escaping @Sendable (LiveServer) async throws -> Void
    ) async throws {
        let ready = AsyncStream.makeStream(of: Int.self)
        let server = GatewayServer(
            gateway: gateway, host: "127.0.0.1", port: 0, certificates: certificates, logger: silent
        ) { ready.continuation.yield($0) }
        let group = ServiceGroup(configuration: .init(services: [server], logger: silent))
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await group.run() }
            var ports = ready.stream.makeAsyncIterator()
            let port = await ports.next() ?? 0
            do {
                try await test(LiveServer(port: port))
            } catch {
                await group.triggerGracefulShutdown()
                throw error
            }
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
        }
    }

    /// Opens a connection for bytes as they are.
    func open() async throws -> RawConnection {
        try await RawConnection.open(port: port)
    }
}

/// A socket that a test writes bytes to and reads bytes from.
final class RawConnection: Sendable {
    private let channel: any Channel
    private let received = NIOLockedValueBox(ByteBuffer())

    private init(_ channel: any Channel) {
        self.channel = channel
    }

    static func open(port: Int) async throws -> RawConnection {
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .connect(host: "127.0.0.1", port: port).get()
        let connection = RawConnection(channel)
        try await channel.pipeline.addHandler(Keeper(connection.received)).get()
        return connection
    }

    var text: String { received.withLockedValue { String(buffer: $0) } }
    var isOpen: Bool { channel.isActive }

    func send(_ text: String) async throws {
        try await channel.writeAndFlush(ByteBuffer(string: text)).get()
    }

    func send(_ bytes: ByteBuffer) async throws {
        try await channel.writeAndFlush(bytes).get()
    }

    /// Waits until the received text fits.
    func wait(for condition: @Sendable (String) -> Bool, seconds: Double = 5) async -> Bool {
        for _ in 0..<Int(seconds * 100) {
            if condition(text) { return true }
            try? await Task.sleep(for: .milliseconds(10))
        }
        return condition(text)
    }

    func waitForClose(seconds: Double = 5) async -> Bool {
        for _ in 0..<Int(seconds * 100) {
            if !channel.isActive { return true }
            try? await Task.sleep(for: .milliseconds(10))
        }
        return !channel.isActive
    }

    func close() async {
        try? await channel.close().get()
    }

    private final class Keeper: ChannelInboundHandler, Sendable {
        typealias InboundIn = ByteBuffer

        private let received: NIOLockedValueBox<ByteBuffer>

        init(_ received: NIOLockedValueBox<ByteBuffer>) { self.received = received }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            let bytes = unwrapInboundIn(data)
            _ = received.withLockedValue { $0.writeImmutableBuffer(bytes) }
        }
    }
}
