import Bus
import Foundation
import Testing
import ZeroMQ

extension ZeroMQBusTests {
    @Suite struct LifeTests {
        @Test func `two processes cannot answer at one path`() async throws {
            try await withBuses { fixture in
                _ = try fixture.server("1")
                #expect(throws: ZeroMQFailure.self) { try fixture.server("1") }
                let asker = try fixture.asker()
                #expect(try await asker.ask(Probe(), as: .anonymous).server == "1")
            }
        }

        @Test func `a path that a dead process left is taken over`() async throws {
            try await withBuses { fixture in
                #expect(FileManager.default.createFile(atPath: "\(fixture.folder)/probe-1.sock", contents: nil))
                _ = try fixture.server("1")
                let asker = try fixture.asker()
                #expect(try await asker.ask(Probe(), as: .anonymous).server == "1")
            }
        }

        @Test func `an endpoint that makes no sense stops the start`() async throws {
            try await withBuses { fixture in
                #expect(throws: ZeroMQFailure.self) { try fixture.server { $0.requestsBind = "tcp://nowhere" } }
                #expect(throws: ZeroMQFailure.self) {
                    try fixture.server { $0.requestsBind = "ipc://\(fixture.folder)/no/such/folder/a.sock" }
                }
            }
        }

        @Test func `the end removes the socket files`() async throws {
            try await withBuses { fixture in
                let server = try fixture.server()
                #expect(try FileManager.default.contentsOfDirectory(atPath: fixture.folder).count == 2)
                await server.close()
                await server.close()
                #expect(try FileManager.default.contentsOfDirectory(atPath: fixture.folder).isEmpty)
            }
        }

        @Test func `a socket file that was removed comes back`() async throws {
            try await withBuses { fixture in
                _ = try fixture.server()
                try FileManager.default.removeItem(atPath: "\(fixture.folder)/probe-1.sock")
                let asker = try fixture.asker { $0.limits.connectWaitMS = 5000 }
                #expect(try await asker.ask(Probe(), as: .anonymous).server == "1")
            }
        }

        @Test func `a bus that was never started closes`() async {
            await ZeroMQBus(ZeroMQBusConfiguration(service: "gateway"), logger: BusFixture.quiet).close()
        }

        @Test func `a hundred busy processes end without a hang and resume whoever waits`() async throws {
            try await withBuses { fixture in
                for round in 0..<100 {
                    let server = try fixture.server("\(round)")
                    let asker = try fixture.asker()
                    let questions = (0..<20).map { number in
                        Task { await failure { try await asker.ask(Probe(sleepMS: number % 4), as: .anonymous) } }
                    }
                    if round % 2 == 0 { try await Task.sleep(for: .milliseconds(round % 10)) }
                    for number in 0..<50 { server.publish(ProbeNews(number: number)) }
                    async let first: Void = (round % 3 == 0 ? asker : server).close()
                    async let second: Void = (round % 3 == 0 ? server : asker).close()
                    _ = await (first, second)
                    for question in questions { _ = await question.value }
                }
            }
        }

        @Test func `threads and descriptors are given back`() async throws {
            try await startAndEnd()
            let descriptorsBefore = try count(of: "fd"), threadsBefore = try count(of: "task")
            for _ in 0..<20 { try await startAndEnd() }
            #expect(await eventually { (try? count(of: "fd")) ?? .max < descriptorsBefore + 10 })
            #expect(await eventually { (try? count(of: "task")) ?? .max < threadsBefore + 10 })
        }

        private func startAndEnd() async throws {
            try await withBuses { fixture in
                _ = try fixture.server()
                let asker = try fixture.asker()
                _ = try await asker.ask(Probe(), as: .anonymous)
            }
        }

        private func count(of kind: String) throws -> Int {
            try FileManager.default.contentsOfDirectory(atPath: "/proc/self/\(kind)").count
        }
    }
}
