import Bus
import Foundation
import Testing
import ZeroMQ

@Suite struct AskingTests {
    @Test func `a question is answered with its context and its caller`() async throws {
        try await withBuses { fixture in
            _ = try fixture.server()
            let asker = try fixture.asker()
            let key = UUID()
            let context = RequestContext(requestID: "request-0001", deadline: .after(milliseconds: 3000))
            let echo = try await RequestContext.$current.withValue(context) {
                try await asker.ask(Probe("hello"), as: Caller(identity: .apiKey(key)))
            }
            #expect(echo.text == "hello")
            #expect(echo.requestID == "request-0001")
            #expect((1...3000).contains(echo.budgetMS))
            #expect(echo.caller == "key:\(key.uuidString.lowercased())")
        }
    }

    @Test func `tcp carries questions too`() async throws {
        try await withBuses { fixture in
            let server = try fixture.server { $0.requestsBind = "tcp://127.0.0.1:*" }
            let endpoint = try #require(server.boundEndpoints.requests)
            let asker = try fixture.asker { $0.owners["probe"] = .init(requests: [endpoint]) }
            #expect(try await asker.ask(Probe("over tcp"), as: .anonymous).text == "over tcp")
        }
    }

    @Test func `ten thousand questions at a time are all answered`() async throws {
        try await withBuses { fixture in
            _ = try fixture.server {
                $0.limits.queueLength = 20_000; $0.limits.queueWaitMS = 30_000
            }
            let asker = try fixture.asker {
                $0.limits.askedInFlight = 10_000; $0.limits.timeoutMS = 30_000
            }
            let sum = try await withThrowingTaskGroup(of: Int.self) { group in
                for number in 0..<10_000 {
                    group.addTask { Int(try await asker.ask(Probe("\(number)"), as: .anonymous).text) ?? -1 }
                }
                return try await group.reduce(0, +)
            }
            #expect(sum == 49_995_000)
            #expect(await eventually { asker.stats.asking["probe"]?.inFlight == 0 })
        }
    }

    @Test func `a fault travels whole`() async throws {
        try await withBuses { fixture in
            _ = try fixture.server()
            let asker = try fixture.asker()
            let fault = await fault { try await asker.ask(Probe("no", fails: true), as: .anonymous) }
            #expect(fault == Fault(kind: .conflict, code: "X", message: "no", field: "text"))
        }
    }
}
