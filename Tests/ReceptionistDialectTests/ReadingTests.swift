import Bus
import Contracts
import Foundation
import GatewayHTTP
import Testing

@testable import ReceptionistDialect

@Suite struct ReadingTests {
    /// A workspace with so many calls, numbered by their seconds.
    func filled(_ count: Int) async throws -> (TestGateway, token: String, client: String) {
        let test = await TestGateway()
        let token = try await test.register()
        let client = try await test.makeClient(token)
        for index in 0..<count {
            _ = try await test.send(
                .post, "/api/calls", token: token,
                body: #"{"client_id":"\#(client)","duration_seconds":\#(index),"stt_latency_ms":\#(100 + index)}"#)
        }
        return (test, token, client)
    }

    @Test func `cursors lead through all calls, and offsets too`() async throws {
        let (test, token, _) = try await filled(7)
        var seen: [Int?] = []
        var cursor = ""
        repeat {
            let page = try await test.send(.get, "/api/calls?limit=3\(cursor)", token: token)
            seen += page["calls"]?.items?.map { $0["duration_seconds"]?.integerValue } ?? []
            cursor = page["next_cursor"]?.textValue.map { "&cursor=\($0)" } ?? ""
        } while !cursor.isEmpty
        #expect(seen == [6, 5, 4, 3, 2, 1, 0])
        let page = try await test.send(.get, "/api/calls?limit=2&offset=5", token: token)
        #expect(page["offset"] == 5 && page["total"] == 7 && page["next_cursor"] == .null)
        #expect(page["calls"]?.items?.count == 2)
    }

    @Test func `more than one question makes one long page`() async throws {
        let (test, token, _) = try await filled(450)
        let page = try await test.send(.get, "/api/calls?limit=420&offset=10", token: token)
        let durations = page["calls"]?.items?.compactMap { $0["duration_seconds"]?.integerValue }
        #expect(durations == Array((20..<440).reversed()))
        #expect(page["total"] == 450)
    }

    @Test func `client statistics show means and percentiles`() async throws {
        let (test, token, client) = try await filled(4)
        let stats = try await test.send(.get, "/api/analytics/client/\(client)/stats", token: token)
        #expect(stats["client_name"] == "Dr. Mike's Dental")
        #expect(stats["total_calls"] == 4)
        #expect(stats.text.contains(#""total_duration":6,"success_rate":100.0,"avg_stt_latency_ms":101.5,"#))
        #expect(stats["p50_stt_latency_ms"] == 150.0 && stats["p95_stt_latency_ms"] == 210.5)
        #expect(stats["avg_llm_latency_ms"] == 0.0)
        let lost = try await test.send(.get, "/api/analytics/client/\(UUID().uuidString)/stats", token: token)
        #expect(lost.status == 404 && lost["error"] == "Client not found")
    }

    @Test func `an absent latency is null inside and 0 outside`() async throws {
        let test = await TestGateway()
        let token = try await test.register()
        let client = try await test.makeClient(token)
        let logged = try await test.send(
            .post, "/api/calls", token: token,
            body: #"{"client_id":"\#(client)","llm_latency_ms":0,"tts_latency_ms":null}"#)
        let asked = try #require(test.calls.state.withLockedValue { $0.calls.first?.asked })
        #expect(asked.latencies == ComponentLatencies(sttMicros: nil, llmMicros: 0, ttsMicros: nil))
        let id = try #require(logged["call"]?["id"]?.textValue)
        let call = try await test.send(.get, "/api/calls/\(id)", token: token)
        #expect(call["call"]?["stt_latency_ms"] == 0 && call["call"]?["sentiment"] == "NEUTRAL")
        #expect(call["call"]?["success"] == true && call["call"]?["transcript"] == "")
        #expect(call["call"]?["caller_name"] == .null)
    }

    @Test func `every day of the range is there, newest first`() async throws {
        let (test, token, _) = try await filled(3)
        let days = try await test.send(.get, "/api/analytics/calls-per-day?days=5", token: token)
        let data = try #require(days["data"]?.items)
        let today = Timestamp.now().day
        #expect(data.map { $0["date"]?.textValue } == (0..<5).map { today.adding(days: -$0).text })
        #expect(data.map { $0["calls"]?.integerValue } == [3, 0, 0, 0, 0])
        #expect(try await test.send(.get, "/api/analytics/calls-per-day", token: token)["data"]?.items?.count == 30)
        #expect(try await test.send(.get, "/api/analytics/calls-per-day?days=0", token: token).status == 400)
        let sentiment = try await test.send(.get, "/api/analytics/sentiment", token: token)
        #expect(sentiment.text == #"{"POSITIVE":0,"NEGATIVE":0,"NEUTRAL":3}"#)
    }

    @Test func `the prevailing sentiment is neutral unless one prevails`() {
        for (positive, neutral, negative, expected) in [
            (0, 0, 0, "NEUTRAL"), (1, 0, 1, "NEUTRAL"), (2, 2, 1, "NEUTRAL"), (3, 2, 1, "POSITIVE"),
            (1, 2, 3, "NEGATIVE"),
            (1, 2, 2, "NEUTRAL"), (2, 1, 2, "NEUTRAL"),
        ] {
            var measures = Measures()
            measures[.positive] = positive
            measures[.neutral] = neutral
            measures[.negative] = negative
            #expect(measures.prevailingSentiment.rawValue.uppercased() == expected)
        }
    }

    @Test func `without a credential a call is taken only where ingest is open`() async throws {
        let closed = await TestGateway()
        #expect(try await closed.send(.post, "/api/calls", body: "{}").status == 401)
        let open = await TestGateway { $0.isIngestOpen = true }
        let token = try await open.register()
        let client = try await open.makeClient(token)
        let answer = try await open.send(.post, "/api/calls", body: #"{"client_id":"\#(client)"}"#)
        #expect(answer.status == 201)
        let caller = try #require(open.calls.state.withLockedValue { $0.callers.last })
        #expect(caller.identity == .anonymous && caller.grantedScopes == .writeCalls)
        #expect(try await open.send(.get, "/api/calls", token: token)["total"] == 1)
        let lost = try await open.send(.post, "/api/calls", body: #"{"client_id":"\#(UUID().uuidString)"}"#)
        #expect(lost.status == 404)
        let bad = try await open.send(.post, "/api/calls", token: "bad", body: #"{"client_id":"\#(client)"}"#)
        #expect(bad.status == 401)
        #expect(try await open.send(.post, "/api/calls/batch", body: "[]").status == 401)
    }
}
