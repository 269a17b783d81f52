import Foundation
import TestSupport
import Testing

extension RealStack.Shared {
    /// Bodies that are malformed, deep, huge or wrongly typed: always a 4xx with a message, and nothing is stored.
    @Suite struct WrongInput {
        /// Routes with a body, and a right one for each.
        private static func goodBodies(clientID: String) -> [String: [String: JSON]] {
            let email = "right-\(newUUID())@example.com"
            return [
                "POST /api/auth/register": ["email": JSON(email), "password": "secret1"],
                "POST /api/auth/login": ["email": JSON(email), "password": "secret1"],
                "POST /api/clients": ["name": "New", "phone_number": JSON(Phones.next())],
                "PUT /api/clients/{id}": ["name": "Changed"],
                "POST /api/calls": ["client_id": JSON(clientID)],
                "POST /api/calls/batch": ["client_id": JSON(clientID)],
                "POST /api/settings/api-keys": ["name": "New"],
                "POST /api/campaigns/{id}/numbers": ["phone_numbers": []],
                "POST /api/conversations/{id}/rating": ["rating": 3],
                "POST /api/suppressions": ["phone_number": JSON(Phones.next())],
                "PATCH /api/workspace": ["name": "New"],
                "POST /api/workspace/members": ["email": JSON("right-\(newUUID())@example.com")],
                "PATCH /api/workspace/members/{id}": ["role": "user"],
                "POST /api/workspace/invitations/accept": ["token": "right"],
                "POST /api/auth/switch-workspace": ["workspace_id": JSON(newUUID())],
            ]
        }

        private struct Place {
            let api: APIClient
            let clientID: String
            let document: JSON

            static func make() async throws -> Place {
                let api = try await Running.person()
                return Place(
                    api: api, clientID: try await api.createClient(name: "Kept", phone: Phones.next()),
                    document: try await api.get("/api/openapi.json").json)
            }

            func path(_ operation: String) -> String {
                String(operation.split(separator: " ")[1]).replacingOccurrences(of: "{id}", with: clientID)
            }

            func send(_ operation: String, _ body: [UInt8]) async throws -> APIAnswer {
                try await api.send(
                    String(operation.split(separator: " ")[0]), path(operation),
                    headers: ["Content-Type": "application/json"], body: body)
            }

            /// What the workspace holds.
            func count() async throws -> [Int?] {
                [
                    try await api.get("/api/clients").json["total"].int,
                    try await api.get("/api/calls?days=3660").json["total"].int,
                    try await api.get("/api/settings/api-keys").json["total"].int,
                ]
            }

            var operations: [String] {
                (document["paths"].object ?? [:]).flatMap { path, item in
                    (item.object ?? [:]).filter { !$0.value["requestBody"].isNull }.map {
                        "\($0.key.uppercased()) \(path)"
                    }
                }.sorted()
            }
        }

        @Test func `every wrong field of every body is refused by name, and nothing is stored`() async throws {
            let place = try await Place.make()
            let good = Self.goodBodies(clientID: place.clientID)
            #expect(Set(good.keys) == Set(place.operations))
            for operation in place.operations {
                let wrong = try WrongBodies(place.document, operation, good: good[operation] ?? [:])
                for (field, body) in wrong.all {
                    let isBatch = operation.hasSuffix("batch")
                    let answer = try await place.send(operation, isBatch ? JSON.array([body]).bytes : body.bytes)
                    let message = isBatch ? answer.json["results"][0]["error"].string : answer.error
                    #expect(isBatch || (400..<500).contains(answer.status), "\(operation) \(body): \(answer.text)")
                    #expect(!isBatch || answer.json["created"] == 0, "\(operation) \(body): \(answer.text)")
                    #expect(Self.names(message, field), "\(operation) \(field): \(message ?? "-") for \(body)")
                }
            }
            #expect(try await place.count() == [1, 0, 0])
            #expect(try await place.api.get("/api/clients").json["clients"][0]["name"] == "Kept")
        }

        /// The texts of the contract name a field in their own words.
        private static func names(_ message: String?, _ field: String) -> Bool {
            guard let message else { return false }
            let own = [
                "email": ["Email"], "password": ["Password", "password"], "client_id": ["Client"],
                "agent_id": ["Agent"], "workspace_id": ["Workspace"],
                "name": ["Name"], "phone_number": ["phone number"],
            ]
            return ([field] + (own[field] ?? [])).contains { message.contains($0) }
        }

        @Test func `what is no JSON, or no object, is refused everywhere`() async throws {
            let place = try await Place.make()
            let bodies: [String] = [
                "", " ", "{", "}", "[", "null", "true", "1", "\"text\"", "{\"a\":}", "{\"a\" 1}", "{'a':1}", "{a:1}",
                "{\"a\":1,}", "{\"a\":1}{", "{\"a\":1} x", "{\"a\":01}", "{\"a\":+1}", "{\"a\":.5}", "{\"a\":1.}",
                "{\"a\":NaN}", "{\"a\":Infinity}", "{\"a\":-Infinity}", "{\"a\":1e}", "{\"a\":0x10}", "{\"a\":tru}",
                "{\"a\":\"\u{1}\"}", "{\"a\":\"\\x\"}", "{\"a\":\"\\u12\"}", "{\"a\":\"\\ud800\"}",
                "{\"a\":\"\\udc00\\ud800\"}", "{\"a\":\"\\ud800\\u0041\"}", "{\"a\":\"unended}", "\u{feff}{}",
                "// comment\n{}", "{\"a\":1e400}", "<xml/>", "a=1&b=2", String(repeating: " ", count: 100_000),
            ]
            var raw = bodies.map { Array($0.utf8) }
            raw += [
                [0xFF], [0x7B, 0x22, 0xFF, 0x22, 0x3A, 0x31, 0x7D], [0x7B, 0x22, 0xC0, 0x80, 0x22, 0x3A, 0x31, 0x7D],
                [0],
            ]
            for operation in place.operations {
                for body in raw {
                    let answer = try await place.send(operation, body)
                    #expect(
                        answer.status == 400 && answer.error != nil,
                        "\(operation) \(String(decoding: body.prefix(60), as: UTF8.self)): \(answer.text)")
                }
            }
            #expect(try await place.count() == [1, 0, 0])
        }

        @Test(arguments: [65, 1000, 10_000, 200_000])
        func `what is nested too deep is refused`(depth: Int) async throws {
            let place = try await Place.make()
            for operation in place.operations {
                for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
                    let deep = String(repeating: open, count: depth) + "1" + String(repeating: close, count: depth)
                    let good = "{\"name\":\"Deep\",\"phone_number\":\"+15550199\",\"notes\":\(deep)}"
                    for text in [deep, good, "[\(good)]"] where text.utf8.count < 1_000_000 {
                        let answer = try await place.send(operation, Array(text.utf8))
                        #expect(
                            (400..<500).contains(answer.status) || answer.json["created"] == 0,
                            "\(operation) \(depth): \(answer.status)")
                    }
                }
            }
            #expect(try await place.count() == [1, 0, 0])
        }

        @Test func `a body over the limit is 413, one just below is read`() async throws {
            let place = try await Place.make()
            for operation in place.operations {
                let isLarge = operation.hasSuffix("batch") || operation.hasSuffix("numbers")
                let limit = isLarge ? 8 << 20 : 1 << 20
                let head = [
                    "\(operation.prefix { $0 != " " }) \(place.path(operation)) HTTP/1.1", "Host: localhost",
                    "Authorization: Bearer \(try place.api.token)", "Content-Length: \(limit + 1)", "", "",
                ].joined(separator: "\r\n")
                let replies = try await RawConnection.exchange(
                    port: Running.current.stack.port, [.init(head), .init([UInt8](repeating: 0x20, count: limit + 1))])
                let over = replies.answers.first
                #expect(over?.status == 413 && over?.json["error"].string != nil, "\(operation): \(replies.text)")
                let within = try await place.send(operation, [UInt8](repeating: 0x20, count: limit))
                #expect(within.status == 400, "\(operation): \(within.status)")
            }
            let transcript = String(repeating: "a", count: 512 * 1024)
            let whole = try await place.api.post(
                "/api/calls", ["client_id": JSON(place.clientID), "transcript": JSON(transcript)]
            ).expect(201)
            let call = try await place.api.get("/api/calls/\(whole.json["call"]["id"].string ?? "")").expect(200)
            #expect(call.json["call"]["transcript"].string == transcript)
            let longer = try await place.api.post(
                "/api/calls", ["client_id": JSON(place.clientID), "transcript": JSON(transcript + "a")])
            #expect(longer.status == 400 && longer.error?.contains("transcript") == true)
        }
    }
}
