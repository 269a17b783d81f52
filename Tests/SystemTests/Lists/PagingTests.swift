import Contracts
import TestSupport
import Testing

extension RealStack.Shared {
    /// Lists in pages: by offset and by cursor, complete and stable while others write.
    @Suite struct Paging {
        /// Workspace with calls in a known order: some at one instant, the newest first.
        private struct Filled {
            let api: APIClient
            let clientID: String
            /// Newest first.
            let ids: [String]

            static func make(_ count: Int) async throws -> Filled {
                let api = try await Running.person()
                let client = try await api.createClient(phone: Phones.next())
                let now = Timestamp.now()
                let calls = (0..<count).map { index -> JSON in
                    // Three calls share each instant.
                    let moment = now.adding(seconds: -60 * (index / 3) - 60)
                    return ["client_id": JSON(client), "created_at": JSON(moment.text), "id": JSON(newUUID())]
                }
                for start in stride(from: 0, to: count, by: 1000) {
                    let part = JSON.array(Array(calls[start..<min(count, start + 1000)]))
                    #expect(try await api.post("/api/calls/batch", part).expect(200).json["refused"] == 0)
                }
                let sorted = calls.map { ($0["created_at"].string ?? "", $0["id"].string ?? "") }.sorted(by: >)
                return Filled(api: api, clientID: client, ids: sorted.map(\.1))
            }
        }

        private func ids(_ page: JSON) -> [String] { (page["calls"].array ?? []).compactMap { $0["id"].string } }

        /// Follows `next_cursor` to the end.
        private func walk(
            _ api: APIClient, _ path: String, between: () async throws -> Void = {}
        ) async throws -> [String] {
            var found: [String] = []
            var cursor: String?
            repeat {
                let page = try await api.get(path + (cursor.map { "&cursor=\($0)" } ?? "")).expect(200).json
                found += ids(page)
                cursor = page["next_cursor"].string
                try await between()
            } while cursor != nil && found.count < 5000
            return found
        }

        @Test(arguments: [1, 2, 7, 50, 500])
        func `a walk by cursor finds each call once, newest first`(limit: Int) async throws {
            let filled = try await Filled.make(52)
            #expect(try await walk(filled.api, "/api/calls?limit=\(limit)") == filled.ids)
        }

        @Test func `a walk by offset finds the same, and every page tells the total`() async throws {
            let filled = try await Filled.make(31)
            var found: [String] = []
            for offset in stride(from: 0, to: 40, by: 10) {
                let page = try await filled.api.get("/api/calls?limit=10&offset=\(offset)").expect(200).json
                #expect(page["total"] == 31 && page["limit"] == 10 && page["offset"].int == offset)
                #expect(page["next_cursor"].isNull == (offset >= 30))
                found += ids(page)
            }
            #expect(found == filled.ids)
            let beyond = try await filled.api.get("/api/calls?offset=1000").expect(200).json
            #expect(beyond["calls"] == [] && beyond["total"] == 31 && beyond["next_cursor"].isNull)
        }

        @Test func `a walk by cursor is not disturbed by new calls`() async throws {
            let filled = try await Filled.make(30)
            let found = try await walk(filled.api, "/api/calls?limit=4") {
                _ = try await filled.api.logCall(clientID: filled.clientID)
            }
            #expect(found == filled.ids)
        }

        @Test func `a long list is whole over many questions on the bus`() async throws {
            let filled = try await Filled.make(1234)
            let page = try await filled.api.get("/api/calls?limit=500").expect(200).json
            #expect(ids(page) == Array(filled.ids.prefix(500)) && page["total"] == 1234)
            #expect(try await walk(filled.api, "/api/calls?limit=500") == filled.ids)
            let deep = try await filled.api.get("/api/calls?limit=300&offset=900").expect(200).json
            #expect(ids(deep) == Array(filled.ids[900..<1200]))
        }

        @Test func `limits, offsets, days and cursors have bounds`() async throws {
            let api = try await Running.person()
            #expect(try await api.get("/api/calls").json["limit"] == 50)
            #expect(try await api.get("/api/calls?limit=501").json["limit"] == 500)
            #expect(try await api.get("/api/calls?limit=99999999999999999999").json["limit"] == 500)
            for query in [
                "limit=0", "limit=-1", "limit=abc", "limit=1.5", "limit=1e3", "limit=+5", "offset=-1", "offset=x",
                "offset=1000000001", "offset=99999999999999999999", "days=0", "days=-1", "days=3661", "days=x",
                "cursor=x", "cursor=AAAA", "cursor=%00", "limit=%31%30%00",
                "cursor=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA!", "limit=٣",
            ] {
                let target =
                    query.addingPercentEncoding(
                        withAllowedCharacters: .alphanumerics.union(.init(charactersIn: "=%.!+-"))) ?? ""
                let answer = try await api.get("/api/calls?\(target)")
                let name = String(query.prefix { $0 != "=" })
                #expect(answer.status == 400 && answer.error?.contains(name) == true, "\(query): \(answer.text)")
            }
            for query in ["limit=", "limit", "", "&&", "nothing=1", "limit=5&limit=6", "days=3660", "offset=0&cursor="]
            {
                try await api.get("/api/calls?\(query)").expect(200)
            }
            for path in ["/api/clients?limit=0", "/api/clients?cursor=x", "/api/analytics/calls-per-day?days=0"] {
                #expect(try await api.get(path).status == 400, "\(path)")
            }
        }

        @Test func `days are UTC dates, from the first instant of the first to today`() async throws {
            let api = try await Running.person()
            let client = try await api.createClient(phone: Phones.next())
            let today = Timestamp.now().day
            let edge = today.adding(days: -6).start
            let inside = try await api.logCall(clientID: client, ["created_at": JSON(edge.text)])
            let before = Timestamp(microseconds: edge.microseconds - 1)
            let outside = try await api.logCall(clientID: client, ["created_at": JSON(before.text)])
            guard Timestamp.now().day == today else { return }
            #expect(ids(try await api.get("/api/calls?days=7").json) == [inside])
            #expect(ids(try await api.get("/api/calls?days=8").json) == [inside, outside])
            #expect(ids(try await api.get("/api/calls?days=6").json) == [])
            try await eventually(within: .seconds(1), "both days are counted") {
                let days = try await api.get("/api/analytics/calls-per-day?days=8").json["data"]
                return days[6] == ["date": JSON(today.adding(days: -6).text), "calls": 1]
                    && days[7] == ["date": JSON(today.adding(days: -7).text), "calls": 1]
            }
        }

        @Test(arguments: ["", "/api", "/voicera"])
        func `keys, members and sessions are paged by cursor, newest first`(prefix: String) async throws {
            let account = try await Account.make(Running.current.api)
            let api = try Running.current.api.with(.token(try await account.logIn(Running.current.api).token))
            for number in 0..<5 {
                try await api.post("\(prefix)/settings/api-keys", ["name": JSON("Key \(number)")]).expect(201)
                try await api.post(
                    "\(prefix)/workspace/members", ["email": JSON("\(newUUID())@example.com"), "role": "user"]
                ).expect(201)
                _ = try await account.logIn(api)
            }
            for (path, name, count) in [
                ("settings/api-keys", "api_keys", 5), ("workspace/members", "members", 6),
                ("auth/sessions", "sessions", 6),
            ] {
                var found: [JSON] = []
                var cursor = ""
                repeat {
                    let page = try await api.get("\(prefix)/\(path)?limit=2\(cursor)").expect(200).json
                    #expect(page["total"].int == count && (page[name].array?.count ?? 9) <= 2)
                    found += page[name].array ?? []
                    cursor = page["next_cursor"].string.map { "&cursor=\($0)" } ?? ""
                } while !cursor.isEmpty && found.count < 20
                let whole = try await api.get("\(prefix)/\(path)").expect(200).json
                #expect(found.count == count && whole[name].array == found && whole["next_cursor"].isNull)
            }
        }

        @Test func `clients are paged by cursor, newest first`() async throws {
            let api = try await Running.person()
            var made: [String] = []
            for index in 0..<13 { made.append(try await api.createClient(name: "\(index)", phone: Phones.next())) }
            var found: [String] = []
            var cursor: String?
            repeat {
                let page = try await api.get("/api/clients?limit=4" + (cursor.map { "&cursor=\($0)" } ?? "")).expect(
                    200
                ).json
                #expect(page["total"] == 13)
                found += (page["clients"].array ?? []).compactMap { $0["id"].string }
                cursor = page["next_cursor"].string
            } while cursor != nil
            #expect(found == made.reversed())
            let all = try await api.get("/api/clients").json
            #expect(all["clients"].array?.count == 13 && all["next_cursor"].isNull)
        }
    }
}
