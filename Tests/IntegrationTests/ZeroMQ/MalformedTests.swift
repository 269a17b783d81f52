import Bus
import Foundation
import Testing

@testable import ZeroMQ

extension ZeroMQBusTests {
    @Suite struct MalformedTests {
        @Test func `frames that are no questions are counted and change nothing`() async throws {
            try await withBuses { fixture in
                let server = try fixture.server()
                let endpoint = try #require(server.boundEndpoints.requests)
                try await withRawPeer(.dealer) { peer in
                    try peer.socket.connect(endpoint)
                    let question = RequestHeader(
                        correlation: 5, budgetMS: 1000, subject: "probe.do-it.v1", requestID: "raw-0001",
                        traceparent: nil,
                        caller: .anonymous
                    ).encoded(with: Probe("raw"))
                    var malformed = [
                        [[]], [[0]], [[UInt8](repeating: 0xFF, count: 100_000)], [[], question], [question, question],
                        [question, [], []], [Array(question[..<20])], [[UInt8](repeating: 0xFF, count: 40)],
                    ]
                    var version = question
                    version[0] = 9
                    var kind = question
                    kind[1] = WireKind.reply.rawValue
                    malformed += [[version], [kind]]
                    for parts in malformed { await peer.send(parts) }
                    await peer.send([question])
                    let answer = try #require(await peer.receive())
                    #expect(try Echo.decoded(from: ReplyEnvelope(decoding: answer[0]).result.get()).text == "raw")
                    #expect(await eventually { server.stats.serving.malformed == malformed.count })
                }
            }
        }

        @Test func `noise never stops the one who answers`() async throws {
            try await withBuses { fixture in
                let server = try fixture.server()
                let asker = try fixture.asker()
                let endpoint = try #require(server.boundEndpoints.requests)
                try await withRawPeer(.dealer) { peer in
                    try peer.socket.connect(endpoint)
                    for _ in 0..<2000 {
                        let parts = (0...Int.random(in: 0...2)).map { _ in
                            (0..<Int.random(in: 0...60)).map { _ in UInt8.random(in: 0...(Bool.random() ? 4 : 255)) }
                        }
                        await peer.send(parts)
                    }
                    #expect(await eventually { server.stats.serving.malformed > 1900 })
                    #expect(try await asker.ask(Probe("still"), as: .anonymous).text == "still")
                }
            }
        }

        @Test func `a frame beyond the limit costs its sender the connection`() async throws {
            try await withBuses { fixture in
                let server = try fixture.server { $0.limits.messageBytes = 10_000 }
                let asker = try fixture.asker()
                let endpoint = try #require(server.boundEndpoints.requests)
                try await withRawPeer(.dealer) { peer in
                    try peer.socket.connect(endpoint)
                    await peer.send([[UInt8](repeating: 1, count: 20_000)])
                    #expect(await peer.receive(within: 200) == nil)
                }
                #expect(try await asker.ask(Probe("still"), as: .anonymous).text == "still")
                #expect(server.stats.serving.malformed == 0)
            }
        }

        @Test func `bytes that are not even of libzmq do not disturb`() async throws {
            try await withBuses { fixture in
                let server = try fixture.server { $0.requestsBind = "tcp://127.0.0.1:*" }
                let endpoint = try #require(server.boundEndpoints.requests)
                let port = try #require(endpoint.split(separator: ":").last.flatMap { UInt16($0) })
                let asker = try fixture.asker { $0.owners["probe"] = .init(requests: [endpoint]) }
                let descriptor = try connectedSocket(port)
                defer { close(descriptor) }
                let text = Array("GET / HTTP/1.1\r\nHost: here\r\n\r\n".utf8)
                #expect(write(descriptor, text, text.count) == text.count)
                #expect(try await asker.ask(Probe("still"), as: .anonymous).text == "still")
            }
        }

        @Test func `answers that are none are counted and the question meets its deadline`() async throws {
            try await withBuses { fixture in
                try await withRawPeer(.router) { peer in
                    try peer.socket.bind("ipc://\(fixture.folder)/probe-1.sock")
                    let asker = try fixture.asker()
                    let asked = Task { await failure { try await asker.ask(Probe(), as: .anonymous, within: 800) } }
                    let question = try #require(await nextQuestion(of: peer))
                    for frame in [[], [1], [UInt8](repeating: 0xFF, count: 50)] {
                        await peer.send([question[0], frame])
                    }
                    await peer.send([question[0], question[1], question[1]])
                    await peer.send([question[0], ReplyEnvelope(correlation: 999, result: .success([])).encoded()])
                    #expect(await asked.value?.kind == .deadlinePassed)
                    #expect(asker.stats.asking["probe"]?.malformed == 4)
                    #expect(asker.stats.asking["probe"]?.late == 1)
                }
            }
        }

        @Test func `an answer of another shape is a defect`() async throws {
            try await withBuses { fixture in
                try await withRawPeer(.router) { peer in
                    try peer.socket.bind("ipc://\(fixture.folder)/probe-1.sock")
                    let asker = try fixture.asker()
                    let asked = Task { await failure { try await asker.ask(Probe(), as: .anonymous, within: 2000) } }
                    let question = try #require(await nextQuestion(of: peer))
                    let header = try RequestEnvelope(decoding: question[1]).header
                    let answer = ReplyEnvelope(correlation: header.correlation, result: .success([1, 2, 3]))
                    await peer.send([question[0], answer.encoded()])
                    #expect(await asked.value == .unexpected())
                }
            }
        }

        /// The next message that is not a heartbeat.
        private func nextQuestion(of peer: RawPeer) async -> [[UInt8]]? {
            while let parts = await peer.receive() {
                if parts.count == 2, parts[1].count > 1, parts[1][1] == WireKind.request.rawValue { return parts }
            }
            return nil
        }

        private func connectedSocket(_ port: UInt16) throws -> Int32 {
            let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_port = port.bigEndian
            address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
            let status = withUnsafePointer(to: &address) { address in
                address.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
                }
            }
            try #require(status == 0)
            return descriptor
        }
    }
}
