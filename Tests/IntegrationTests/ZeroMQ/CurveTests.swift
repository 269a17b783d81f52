import Bus
import Foundation
import Testing

@testable import ZeroMQ

extension ZeroMQBusTests {
    @Suite struct CurveTests {
        @Test func `peers with known keys talk and are known by their names`() async throws {
            try await withKeys { fixture, keys in
                let server = try fixture.server { $0.keys = try? keys("probe") }
                let heard = Collected<Int>(), missed = Collected<Bool>()
                let asker = ZeroMQBus(
                    ZeroMQBusConfiguration(
                        service: "gateway", owners: ["probe": fixture.owner], keys: try keys("gateway")),
                    logger: BusFixture.quiet)
                asker.subscribe(to: ProbeNews.self, missed: { missed.append(true) }, { heard.append($0.number) })
                _ = try fixture.start(asker)
                #expect(try await asker.ask(Probe("secret"), as: person).text == "secret")
                #expect(await eventually { missed.count == 1 })
                server.publish(ProbeNews(number: 3))
                #expect(await eventually { heard.all == [3] })
            }
        }

        @Test func `plain text, an unknown key and a removed one are not let in`() async throws {
            try await withKeys { fixture, keys in
                let server = try fixture.server { $0.keys = try? keys("probe") }
                let known = try keys("gateway")
                let pair = try CurveKeys.makePair()
                let unknown = CurveKeys(
                    service: "gateway", publicKey: pair.public, secretKey: pair.secret, allowed: known.allowed)
                for keys in [nil, unknown] {
                    let heard = Collected<Bool>()
                    let stranger = ZeroMQBus(
                        ZeroMQBusConfiguration(service: "gateway", owners: ["probe": fixture.owner], keys: keys),
                        logger: BusFixture.quiet)
                    stranger.subscribe(to: ProbeNews.self, missed: { heard.append(true) }, { _ in heard.append(true) })
                    _ = try fixture.start(stranger)
                    let fault = await failure { try await stranger.ask(Probe(), as: .anonymous) }
                    #expect(fault == .unreachable("probe"))
                    server.publish(ProbeNews(number: 1))
                    try await Task.sleep(for: .milliseconds(100))
                    #expect(heard.count == 0)
                    await stranger.close()
                }
                #expect(server.stats.serving.strangers > 0)
                #expect(server.stats.serving.answered == 0)
            }
        }

        @Test func `a process that pretends to be a service is not asked`() async throws {
            try await withKeys { fixture, keys in
                let known = try keys("probe")
                let pair = try CurveKeys.makePair()
                _ = try fixture.server {
                    $0.keys = CurveKeys(
                        service: "probe", publicKey: pair.public, secretKey: pair.secret, allowed: known.allowed)
                }
                let asker = try fixture.asker { $0.keys = try? keys("gateway") }
                #expect(await failure { try await asker.ask(Probe(), as: person) } == .unreachable("probe"))
            }
        }

        @Test func `without its doorkeeper a listening socket lets nobody in`() async throws {
            try await withKeys { fixture, keys in
                try await withRawPeer(.router) { open in
                    try keys("probe").secure(listening: open.socket)
                    try open.socket.bind("ipc://\(fixture.folder)/probe-1.sock")
                    let asker = try fixture.asker { $0.keys = try? keys("gateway") }
                    #expect(await failure { try await asker.ask(Probe(), as: .anonymous) } == .unreachable("probe"))
                    #expect(await open.receive(within: 100) == nil)
                }
            }
        }

        @Test func `only the gateway makes callers and nobody acts as another service`() async throws {
            try await withKeys { fixture, keys in
                let server = try fixture.server {
                    $0.keys = try? keys("probe")
                    $0.authority = CallerAuthority(asserting: ["gateway"], passingOn: ["calls"])
                }
                let permitted: [(String, Caller, Bool)] = [
                    ("gateway", person, true), ("gateway", .anonymous, true), ("gateway", .service("gateway"), true),
                    ("gateway", .service("calls"), false), ("calls", person, true), ("calls", .service("calls"), true),
                    ("tool", person, false), ("tool", .service("tool"), true), ("tool", .service("calls"), false),
                ]
                for (peer, caller, isPermitted) in permitted {
                    let asker = try fixture.asker {
                        $0.service = peer
                        $0.keys = try? keys(peer)
                    }
                    let fault = await failure { try await asker.ask(Probe(), as: caller) }
                    #expect(fault == (isPermitted ? nil : .unexpected()), "\(peer) as \(caller.identity)")
                    await asker.close()
                }
                #expect(await eventually { server.stats.serving.impersonations == 3 })
            }
        }

        @Test func `a service whose key is not on the list cannot be configured`() async throws {
            try await withKeys { fixture, keys in
                #expect(throws: CurveKeyError("no public key of elsewhere in the allow-list of gateway")) {
                    try fixture.asker {
                        $0.keys = try? keys("gateway")
                        $0.owners["elsewhere"] = .init(requests: [])
                    }
                }
            }
        }

        private let person = Caller(identity: .person(UUID(), session: UUID()), workspaceID: UUID())

        private func withKeys(
            _ body: (BusFixture, (String) throws -> CurveKeys) async throws -> Void
        ) async throws {
            try await withBuses { fixture in
                let folder = "\(fixture.folder)/keys"
                _ = try CurveKeys.generate(into: folder, services: ["gateway", "probe", "calls", "tool"])
                try await body(fixture) { try CurveKeys.load(folder, service: $0) }
            }
        }
    }
}
