import Foundation
import NIOCore
import NIOPosix

/// Looks for malware in a document's bytes.
protocol Scanner: Sendable {
    func scan(_ bytes: ByteBuffer) async throws -> ScanResult
}

enum ScanResult: Sendable, Equatable {
    case clean
    /// - Parameter name: of what was found.
    case infected(name: String)
}

/// The scanner cannot say anything now.
struct ScannerAway: Error, CustomStringConvertible {
    let description: String
}

/// Where clamd listens: `host:port`, or the path of a socket.
enum ScannerAddress: Sendable, Equatable {
    case socket(path: String)
    case host(String, port: Int)

    init?(_ text: String) {
        let path = text.hasPrefix("unix:") ? String(text.dropFirst(5)) : text
        if path.hasPrefix("/") {
            self = .socket(path: path)
            return
        }
        guard let colon = text.lastIndex(of: ":"), let port = Int(text[text.index(after: colon)...]),
            (1...65_535).contains(port), colon != text.startIndex
        else { return nil }
        self = .host(text[..<colon].trimmingCharacters(in: CharacterSet(charactersIn: "[]")), port: port)
    }
}

/// clamd, asked by its INSTREAM command.
struct Clamd: Scanner {
    static let deadlineSeconds: Int64 = 30
    private static let chunkBytes = 65_536
    private static let longestAnswer = 1024

    let address: ScannerAddress
    var deadlineSeconds: Int64 = Clamd.deadlineSeconds

    func scan(_ bytes: ByteBuffer) async throws -> ScanResult {
        do {
            return try Self.result(try await ask(bytes))
        } catch let away as ScannerAway {
            throw away
        } catch {
            throw ScannerAway(description: "\(error)")
        }
    }

    private func ask(_ bytes: ByteBuffer) async throws -> String {
        let bootstrap = ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton).connectTimeout(.seconds(3))
        let channel: NIOAsyncChannel<ByteBuffer, ByteBuffer> =
            switch address {
            case .socket(let path): try await bootstrap.connect(unixDomainSocketPath: path, channelInitializer: Self.wrap)
            case .host(let host, let port):
                try await bootstrap.connect(host: host, port: port, channelInitializer: Self.wrap)
            }
        let overdue = channel.channel.eventLoop.scheduleTask(in: .seconds(deadlineSeconds)) {
            channel.channel.close(promise: nil)
        }
        defer { overdue.cancel() }
        return try await channel.executeThenClose { inbound, outbound in
            try await outbound.write(ByteBuffer(string: "zINSTREAM\0"))
            var rest = bytes
            while rest.readableBytes > 0, let part = rest.readSlice(length: min(rest.readableBytes, Self.chunkBytes)) {
                var chunk = ByteBuffer(integer: UInt32(part.readableBytes))
                chunk.writeImmutableBuffer(part)
                try await outbound.write(chunk)
            }
            try await outbound.write(ByteBuffer(integer: UInt32(0)))
            var answer = ByteBuffer()
            for try await part in inbound {
                answer.writeImmutableBuffer(part)
                if part.readableBytesView.contains(0) || answer.readableBytes > Self.longestAnswer { break }
            }
            return String(buffer: answer)
        }
    }

    @Sendable private static func wrap(_ channel: any Channel) -> EventLoopFuture<NIOAsyncChannel<ByteBuffer, ByteBuffer>>
    {
        channel.eventLoop.makeCompletedFuture { try NIOAsyncChannel(wrappingChannelSynchronously: channel) }
    }

    /// `stream: OK`, `stream: <name> FOUND`, or why it could not be scanned.
    static func result(_ answer: String) throws -> ScanResult {
        let text = answer.prefix { $0 != "\0" }.trimmingCharacters(in: .whitespacesAndNewlines)
        if text.hasSuffix(": OK") { return .clean }
        guard text.hasSuffix(" FOUND") else {
            throw ScannerAway(description: text.isEmpty ? "it closed the connection" : text)
        }
        let name = text.dropLast(6).split(separator: ":", maxSplits: 1).last ?? ""
        return .infected(name: name.trimmingCharacters(in: .whitespaces))
    }
}
