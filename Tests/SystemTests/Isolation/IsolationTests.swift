import Foundation
import TestSupport
import Testing

extension RealStack.Shared {
    /// Two workspaces, and every route of the product between them.
    @Suite struct Isolation {
        @Test func `every route has a case here, and every case is a route`() async throws {
            let running = try Running.current
            let described = running.watch.operations
            #expect(Set(described).count == described.count)
            let cases = Set(RouteCase.all.map(\.operation))
            #expect(Set(described).subtracting(cases) == [], "routes without a case")
            #expect(cases.subtracting(described) == [], "cases without a route")
            // The gateway counts by the routes of its own table.
            let metrics = await HealthProbe.get("/metrics", port: running.stack["gateway"].healthPort) ?? ""
            let counted = metrics.matches(of: /http_request_seconds_count\{[^}]*route="([^"]+)"/).map { String($0.1) }
            #expect(Set(counted).subtracting(["none"]) == Set(described))
        }

        @Test func `another workspace's id answers exactly as one that does not exist`() async throws {
            let api = try Running.current.api
            let mine = try await Scene.make(api)
            let theirs = try await Scene.make(api)
            try await theirs.awaitCounted()
            let before = try await theirs.everything()
            for route in RouteCase.all {
                guard let thing = route.thing else { continue }
                for credential in [mine.api, mine.api.with(.key(mine.key))] {
                    let stranger = try await route.send(credential, id: theirs.id(thing))
                    let nothing = try await route.send(credential, id: newUUID())
                    let upper = try await route.send(credential, id: theirs.id(thing).uppercased())
                    #expect(stranger.status == nothing.status, "\(route)")
                    #expect(Self.essence(stranger) == Self.essence(nothing), "\(route)")
                    #expect(Self.essence(upper) == Self.essence(nothing), "\(route)")
                    #expect(Self.names(stranger) == Self.names(nothing), "\(route)")
                    // A filter by what is not there finds nothing; anything else is not there itself.
                    let isList = route.method == "GET" && stranger.json.object?["next_cursor"] != nil
                    let isExport = route.operation.hasSuffix("/calls/export")
                    #expect(
                        stranger.status != 200 || isList || isExport || stranger.text.contains("not found"),
                        "\(route): \(stranger.text)")
                    #expect(!stranger.text.contains(theirs.canary), "\(route)")
                }
            }
            #expect(try await theirs.everything() == before)
        }

        /// The body without the moment and without the ids that refused calls of a batch would have got.
        private static func essence(_ answer: APIAnswer) -> String {
            answer.text.replacing(/"timestamp":"[^"]*"/, with: "").replacing(/"index":0,"id":"[^"]*"/, with: "")
        }

        private static func names(_ answer: APIAnswer) -> [String] {
            answer.headers.map { $0.name.lowercased() }.sorted()
        }

        @Test func `nothing of another workspace is in any answer, nor in the logs`() async throws {
            let running = try Running.current
            let theirs = try await Scene.make(running.api)
            let mine = try await Scene.make(running.api)
            for route in RouteCase.all where !route.endsSession {
                for id in [mine.id(route.thing ?? .client), theirs.id(route.thing ?? .client)] {
                    let isDelete = route.method == "DELETE" && id == mine.id(route.thing ?? .client)
                    let answer = try await route.send(mine.api, id: isDelete ? newUUID() : id)
                    #expect(!answer.text.contains(theirs.canary), "\(route)")
                    #expect(!"\(answer.headers)".contains(theirs.canary), "\(route)")
                }
            }
            #expect(try await mine.api.get("/api/clients").json["total"] == 1)
            #expect(try await mine.api.get("/api/calls").json["total"] == 5)
            #expect(try await mine.api.get("/api/settings/api-keys").json["total"] == 1)
            try await eventually(within: .seconds(1), "own statistics") {
                let totals = try await mine.api.get("/api/analytics/dashboard").json
                return totals["total_calls"] == 5 && totals["total_clients"] == 1
            }
            // Texts of callers, transcripts, names and secrets belong in no log.
            let logs = running.stack.printed()
            #expect(!logs.contains(theirs.canary))
            let token = try theirs.api.token
            #expect(!logs.contains(theirs.key) && !logs.contains(token))
        }

        @Test func `an id of another workspace's call can be taken, and shows neither the other`() async throws {
            let api = try Running.current.api
            let mine = try await Scene.make(api)
            let theirs = try await Scene.make(api)
            let answer = try await mine.api.post(
                "/api/calls", ["client_id": JSON(mine.clientID), "id": JSON(theirs.callID), "notes": "mine"])
            #expect(answer.status == 201 && answer.json["call"]["id"].string == theirs.callID)
            #expect(answer.header("Idempotent-Replayed") == nil)
            let own = try await mine.api.get("/api/calls/\(theirs.callID)").expect(200).json["call"]
            #expect(own["notes"] == "mine" && own["client_id"].string == mine.clientID)
            let their = try await theirs.api.get("/api/calls/\(theirs.callID)").expect(200).json["call"]
            #expect(their["notes"].string == theirs.canary)
        }

        @Test func `the same ids and filters together find nothing of the other`() async throws {
            let api = try Running.current.api
            let mine = try await Scene.make(api)
            let theirs = try await Scene.make(api)
            for path in ["/api/calls", "/api/calls/export", "/calls/export", "/voicera/calls/export"] {
                let answer = try await mine.api.get("\(path)?client_id=\(theirs.clientID)&days=3660")
                #expect(!answer.text.contains(theirs.callID), "\(path)")
            }
            // A cursor only says where to go on: one from elsewhere opens nothing.
            for _ in 0..<3 { _ = try await theirs.api.logCall(clientID: theirs.clientID) }
            let cursor = try #require(
                try await theirs.api.get("/api/calls?limit=1").json["next_cursor"].string)
            let page = try await mine.api.get("/api/calls?cursor=\(cursor)").expect(200)
            #expect(!page.text.contains(theirs.clientID) && !page.text.contains(theirs.canary))
            // A client of mine in a call of mine, with their key: it is theirs that decides.
            let cross = try await mine.api.with(.key(theirs.key)).get("/api/clients/\(mine.clientID)")
            #expect(cross.status == 404)
        }
    }
}
