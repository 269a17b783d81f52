import Bus
import Contracts
import Foundation
import GatewayHTTP
import Hummingbird
import Testing

/// Routes that two dialects have at one path.
@Suite struct RivalRouteTests {
    private struct Speaker: Dialect {
        let name: String
        var paths = ["things", "things/{id}"]
        let prefix = ""
        let errorSchema = DefaultRefusal.schema

        var routes: [Route] {
            paths.map { path in
                .get(path, needs: .readAgents, "Say who speaks", query: [QueryParameter(name, .text(), "Its own.")]) {
                    [name] input in
                    SpokenBody(text: ([name] + input.segments).joined(separator: " "))
                }
            }
        }

        func spell(_ fault: Fault) -> Refusal { DefaultRefusal.of(fault) }
    }

    private struct SpokenBody: JSONShown {
        static let schema = Schema.object([.always("text", .text())])
        let text: String

        func write(to json: inout JSONWriter) { json.field("text", text) }
    }

    private let dialects: [any Dialect] = [
        Speaker(name: "one"), Speaker(name: "other", paths: ["things", "things/{id}", "more"]),
    ]

    private func said(_ path: String, pin: String, headers: [String: String] = [:]) async throws -> Received {
        let harness = await Harness(dialects: dialects)
        let token = try await Harness.token(Harness.claims(dialect: pin))
        return try await harness.send(
            .get, path, headers: headers.merging(["Authorization": "Bearer \(token)"]) { given, _ in given })
    }

    @Test func `are those of the account's dialect, and of the first where it has none`() async throws {
        #expect(try await said("/things", pin: "one").json["text"] == "one")
        #expect(try await said("/things", pin: "other").json["text"] == "other")
        #expect(try await said("/things/5", pin: "other").json["text"] == "other 5")
        #expect(try await said("/things", pin: "nobody's").json["text"] == "one")
    }

    @Test func `are those of the dialect that the request asks for, before the account's`() async throws {
        for (asked, pin) in [("one", "other"), ("other", "one"), ("OTHER", "one")] {
            let answer = try await said("/things/5", pin: pin, headers: ["X-API-Dialect": asked])
            #expect(answer.json["text"]?.textValue == "\(asked.lowercased()) 5")
        }
    }

    @Test func `are refused in a dialect that is none of theirs`() async throws {
        let answer = try await said("/things", pin: "one", headers: ["X-API-Dialect": "third"])
        #expect(answer.status == 400)
        #expect(answer.json["message"] == "X-API-Dialect must be one or other")
        #expect(answer.json["error"]?["details"]?["field"] == "X-API-Dialect")
    }

    @Test func `need a credential before anything else`() async throws {
        let harness = await Harness(dialects: dialects)
        let answer = try await harness.send(.get, "/things", headers: ["X-API-Dialect": "third"])
        #expect(answer.status == 401)
    }

    @Test func `leave alone what only one of them has`() async throws {
        for asked in ["one", "third"] {
            #expect(try await said("/more", pin: "one", headers: ["X-API-Dialect": asked]).json["text"] == "other")
        }
    }

    @Test func `stand in the table once for each dialect, under one name`() {
        let table = RouteTable(dialects)
        #expect(table.routes.count == 5 && Set(table.routes.map(\.name)).count == 3)
        #expect(table.routes.map(\.index) == Array(0..<5))
        guard case .route(let found, _) = table.match(.get, "/things") else {
            Issue.record("nothing is found")
            return
        }
        #expect(found.dialect.name == "one")
    }

    @Test func `are described as either has them`() throws {
        let document = OpenAPIDocument(
            title: "t", version: "1", dialect: dialects[0], routes: dialects[0].routes, beside: dialects[1])
        let description = PublishedDescription(document.json)
        #expect(description.operations == ["GET /things", "GET /things/{id}", "GET /more"])
        let things = try #require(document.json["paths"]?["/things"]?["get"])
        let names = (things["parameters"]?.items ?? []).compactMap { $0["name"]?.textValue }
        #expect(names == ["one", "other", "X-API-Dialect"])
        let schema = things["responses"]?["200"]?["content"]?["application/json"]?["schema"]
        #expect(schema?["anyOf"]?.items?.count == 2)
        let more = document.json["paths"]?["/more"]?["get"]?["parameters"]?.items ?? []
        #expect(more.compactMap { $0["name"]?.textValue } == ["other"])
    }
}
