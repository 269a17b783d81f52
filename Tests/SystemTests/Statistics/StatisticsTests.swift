import Contracts
import TestSupport
import Testing

extension RealStack.Shared {
    /// Every statistic against what the calls themselves give.
    @Suite struct Statistics {
        @Test func `statistics equal the calls within a second of the last answer`() async throws {
            let running = try Running.current
            let api = try await Running.person()
            var clients: [String] = []
            for index in 0..<4 {
                clients.append(try await api.createClient(name: "Client \(index)", phone: Phones.next()))
            }
            var model = CallModel()
            for round in 0..<3 {
                let bodies = model.add(300, clients: clients, days: 40)
                #expect(try await api.post("/api/calls/batch", .array(bodies)).expect(200).json["created"] == 300)
                for body in model.add(20, clients: clients, days: 3) {
                    try await api.post("/api/calls", body).expect(201)
                }
                if round == 1 {
                    // A deleted client's calls stay in the totals.
                    try await api.delete("/api/clients/\(clients[3])").expect(200)
                    clients.removeLast()
                }
                let took = try await eventually(within: .seconds(1), "round \(round) is counted") {
                    let totals = try await api.get("/api/analytics/dashboard").json
                    return totals["total_calls"].int == model.calls.count
                        && totals["total_clients"].int == clients.count
                }
                print("statistics were whole after \(took)")
                try await expectWorkspace(model, api, clients: clients.count)
                for client in clients { try await expectClient(model.of(client), api, client) }
            }
            let verified = try await running.stack.run("analytics", "verify", mayFail: true)
            #expect(verified.code == 0, "\(verified.output.suffix(1000))")
            #expect(verified.output.contains(" 0 differences"))
        }

        private func expectWorkspace(_ model: CallModel, _ api: APIClient, clients: Int) async throws {
            let totals = try await api.get("/api/analytics/dashboard").json
            #expect(totals["total_duration"].double.map { abs($0 - model.duration) < 0.0005 } == true)
            #expect(totals["success_rate"].double == model.successRate)
            #expect(totals["avg_sentiment"].string == model.prevailing)
            #expect(totals["total_clients"].int == clients)
            #expect(try await api.get("/api/analytics/sentiment").json == model.sentiments)
            let today = Timestamp.now().day
            for days in [1, 30, 45] {
                let data = try await api.get("/api/analytics/calls-per-day?days=\(days)").json["data"].array ?? []
                let expected = (0..<days).map { back -> JSON in
                    let day = today.adding(days: -back)
                    return ["date": JSON(day.text), "calls": JSON(model.count(on: day))]
                }
                #expect(data == expected || Timestamp.now().day != today)
            }
        }

        private func expectClient(_ model: CallModel, _ api: APIClient, _ id: String) async throws {
            let stats = try await api.get("/api/analytics/client/\(id)/stats").expect(200).json
            #expect(stats["client_id"].string == id && stats["total_calls"].int == model.calls.count)
            #expect(stats["total_duration"].double.map { abs($0 - model.duration) < 0.0005 } == true)
            #expect(stats["success_rate"].double == model.successRate)
            for component in CallModel.components {
                let mean = try #require(stats["avg_\(component)_latency_ms"].double)
                #expect(abs(mean - model.mean(component)) < 0.11, "\(component)")
                for percent in [50, 95, 99] {
                    let told = try #require(stats["p\(percent)_\(component)_latency_ms"].double)
                    let exact = model.percentile(percent, component)
                    // Buckets are exact to 1 in 128, and the answer to a tenth.
                    #expect(abs(told - exact) <= exact / 128 + 0.051, "p\(percent) \(component): \(told), not \(exact)")
                }
            }
        }

        @Test func `an empty workspace has zeros, and every day`() async throws {
            let api = try await Running.person()
            #expect(
                try await api.get("/api/analytics/dashboard").expect(200).json == [
                    "total_calls": 0, "total_duration": 0, "success_rate": 0, "avg_sentiment": "NEUTRAL",
                    "total_clients": 0,
                ])
            #expect(
                try await api.get("/api/analytics/sentiment").json == ["POSITIVE": 0, "NEGATIVE": 0, "NEUTRAL": 0])
            let days = try await api.get("/api/analytics/calls-per-day").json["data"].array ?? []
            #expect(days.count == 30 && days.allSatisfy { $0["calls"] == 0 })
            #expect(try await api.get("/api/analytics/calls-per-day?days=3660").json["data"].array?.count == 3660)
            let client = try await api.createClient(phone: Phones.next())
            let stats = try await api.get("/api/analytics/client/\(client)/stats").expect(200).json
            #expect(stats["total_calls"] == 0 && stats["p99_llm_latency_ms"] == 0 && stats["avg_tts_latency_ms"] == 0)
        }

        @Test func `a tie of sentiments is neutral, and a refused call counts nowhere`() async throws {
            let api = try await Running.person()
            let client = try await api.createClient(phone: Phones.next())
            for sentiment in ["POSITIVE", "NEGATIVE"] {
                _ = try await api.logCall(clientID: client, ["sentiment": JSON(sentiment)], key: sentiment)
                _ = try await api.logCall(clientID: client, ["sentiment": JSON(sentiment)], key: sentiment)
            }
            _ = try await api.post("/api/calls", ["client_id": JSON(client), "sentiment": "furious"])
            try await eventually(within: .seconds(1), "two calls are counted") {
                let totals = try await api.get("/api/analytics/dashboard").json
                return totals["total_calls"] == 2 && totals["avg_sentiment"] == "NEUTRAL"
            }
        }
    }
}
