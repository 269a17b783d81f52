import TestSupport
import Testing

extension RealStack.Shared {
    /// Many calls in one request, each stored or refused on its own.
    @Suite struct Batches {
        private func person() async throws -> (api: APIClient, client: String) {
            let api = try await Running.person()
            return (api, try await api.createClient(phone: Phones.next()))
        }

        private func lines(_ api: APIClient, _ text: String) async throws -> APIAnswer {
            try await api.send(
                "POST", "/api/calls/batch", headers: ["Content-Type": "application/x-ndjson"], body: Array(text.utf8))
        }

        @Test func `good and bad calls of an array are told apart`() async throws {
            let (api, client) = try await person()
            let id = newUUID()
            let calls: [JSON] = [
                ["client_id": JSON(client), "id": JSON(id)], ["client_id": JSON(newUUID())], [:], 7, nil, "text", [],
                ["client_id": JSON(client), "duration_seconds": -1], ["client_id": JSON(client), "id": JSON(id)],
                ["client_id": JSON(client), "id": JSON(id), "notes": "other"], ["client_id": JSON(client)],
                ["client_id": JSON(client), "created_at": "2999-01-01T00:00:00Z"],
            ]
            let answer = try await api.post("/api/calls/batch", .array(calls)).expect(200).json
            let results = answer["results"].array ?? []
            #expect(results.map { $0["index"].int } == Array(0..<calls.count))
            #expect(
                results.map { $0["status"].string } == [
                    "created", "refused", "refused", "refused", "refused", "refused", "refused", "refused", "replayed",
                    "refused", "created", "refused",
                ])
            #expect(answer["created"] == 2 && answer["replayed"] == 1 && answer["refused"] == 9)
            #expect(results[1]["error"] == "Client not found" && results[2]["error"] == "Client ID required")
            #expect(results[9]["error"] == "This key or id was used with another body")
            #expect(results.filter { $0["status"] == "refused" }.allSatisfy { $0["error"].string?.isEmpty == false })
            #expect(results.filter { $0["status"] != "refused" }.allSatisfy { $0["error"].isNull })
            #expect(try await api.get("/api/calls").json["total"] == 2)
        }

        @Test func `lines are taken one by one, a broken one too`() async throws {
            let (api, client) = try await person()
            let good = #"{"client_id":"\#(client)"}"#
            let answer = try await lines(api, "\(good)\n\n{broken\r\n  \n\(good)\r\n[\(good)]\n\(good)").expect(200)
                .json
            #expect(
                (answer["results"].array ?? []).map { $0["status"].string } == [
                    "created", "refused", "created", "refused", "created",
                ])
            #expect(try await api.get("/api/calls").json["total"] == 3)
        }

        @Test func `a batch that is none is refused whole`() async throws {
            let (api, client) = try await person()
            let good = #"{"client_id":"\#(client)"}"#
            for body in [
                "", "[]", "{}", good, "[\(good)", "[\(good)]x", "[\(good),]", "null", "[[[[", "\(good)\n\(good)",
            ] {
                let answer = try await api.send("POST", "/api/calls/batch", body: Array(body.utf8))
                #expect(answer.status == 400 && answer.error != nil, "\(body): \(answer.status)")
            }
            for text in ["", "\n\n", "  "] { #expect(try await lines(api, text).status == 400) }
            #expect(try await api.get("/api/calls").json["total"] == 0)
        }

        @Test func `a thousand calls are taken, one more is refused whole`() async throws {
            let (api, client) = try await person()
            let call: JSON = ["client_id": JSON(client), "transcript": JSON(String(repeating: "t", count: 4000))]
            let whole = try await api.post("/api/calls/batch", .array(Array(repeating: call, count: 1000))).expect(200)
            #expect(whole.json["created"] == 1000 && whole.json["results"].array?.count == 1000)
            let ids = Set((whole.json["results"].array ?? []).compactMap { $0["id"].string })
            #expect(ids.count == 1000)
            let more = try await api.post(
                "/api/calls/batch", .array(Array(repeating: ["client_id": JSON(client)], count: 1001)))
            #expect(more.status == 413 && more.error?.contains("1000") == true)
            let text = Array(repeating: #"{"client_id":"\#(client)"}"#, count: 1001).joined(separator: "\n")
            #expect(try await lines(api, text).status == 413)
            #expect(try await api.get("/api/calls").json["total"] == 1000)
        }
    }
}
