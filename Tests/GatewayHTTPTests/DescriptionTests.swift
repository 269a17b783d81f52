import Contracts
import Foundation
import GatewayHTTP
import Hummingbird
import Testing

@Suite struct DescriptionTests {
    @Test func `a schema's example is what the schema says`() throws {
        let schema = Schema.object([
            .always("id", .uuid), .always("at", .timestamp), .maybe("day", .day), .always("n", .integer(from: 3)),
            .always("kind", .text(among: ["a", "b"])),
            .always("nested", .named("Nested", .object([.always("x", Schema.number(from: 0).orNull)]))),
            .always("list", .array(of: .named("Nested", .object([.always("x", Schema.number(from: 0).orNull)])))),
        ])
        let document = OpenAPIDocument(
            title: "t", version: "1", dialect: TestDialect(routes: []),
            routes: [
                Route(.get, "x", needs: .nothing, status: .ok, summary: "s", answer: .json(schema)) { _ in
                    Answer(status: .ok, body: ResponseBody())
                }
            ])
        let content = document.json["paths"]?["/t/x"]?["get"]?["responses"]?["200"]?["content"]?["application/json"]
        let example = try #require(content?["example"])
        #expect(SchemaCheck.problems(of: example, against: schema).isEmpty)
    }

    @Test func `the check finds each difference`() {
        let schema = Schema.object([
            .always("id", .uuid), .always("n", .integer(from: 0, through: 9)), .maybe("t", .text(atMost: 3)),
            .maybe("at", .timestamp), .maybe("list", .array(of: .boolean)), .maybe("k", .text(among: ["a"])),
        ])
        func problems(_ value: JSONValue) -> [String] { SchemaCheck.problems(of: value, against: schema) }
        let id: JSONValue = "550e8400-e29b-41d4-a716-446655440001"
        #expect(problems(["id": id, "n": 1]).isEmpty)
        #expect(problems(["n": 1]) == ["$ lacks id"])
        #expect(problems(["id": "x", "n": 1]) == ["$.id is no lower-case UUID"])
        #expect(problems(["id": id, "n": 1.5]) == ["$.n is no integer"])
        #expect(problems(["id": id, "n": 10]) == ["$.n is above 9.0"])
        #expect(problems(["id": id, "n": 1, "t": "long"]) == ["$.t is too long"])
        #expect(problems(["id": id, "n": 1, "at": "2025-12-26T10:30:00"]) == ["$.at is no moment in UTC"])
        #expect(problems(["id": id, "n": 1, "list": [true, 1]]) == ["$.list[1] is no boolean"])
        #expect(problems(["id": id, "n": 1, "k": "b"]) == ["$.k is none of the listed values"])
        #expect(problems(["id": id, "n": 1, "more": 1]) == ["$ has more, which the schema does not know"])
        #expect(problems([]) == ["$ is no object"])
    }

    @Test func `every route stands in the description, and nothing else does`() async throws {
        let dialect = DocumentedDialect(
            TestDialect(routes: [.echo(.get, "x"), .echo(.post, "x", reads: true), .echo(.get, "x/{id}")]),
            title: "Test", version: "2")
        let description = PublishedDescription(
            OpenAPIDocument(title: "Test", version: "2", dialect: dialect, routes: dialect.routes).json)
        let table = RouteTable([dialect]).routes.map(\.name)
        #expect(Set(description.operations) == Set(table))
        #expect(description.operations.count == table.count)
    }

    @Test func `real answers are held against the description`() {
        let dialect = TestDialect(routes: [.echo(.get, "x/{id}", needs: .readCalls)])
        let description = PublishedDescription(
            OpenAPIDocument(title: "Test", version: "2", dialect: dialect, routes: dialect.routes).json)
        func problems(_ status: Int, _ body: JSONValue?) -> [String] {
            description.problems(method: "GET", path: "/t/x/1", status: status, body: body)
        }
        let good: JSONValue = [
            "who": "a", "workspace": nil, "segments": [], "body": "", "address": "1", "key": nil,
        ]
        #expect(problems(200, good).isEmpty)
        #expect(problems(401, ["oops": "x"]).isEmpty)
        #expect(problems(418, ["oops": "x"]).isEmpty)
        #expect(!problems(201, good).isEmpty)
        #expect(!problems(200, ["oops": "x"]).isEmpty)
        #expect(!problems(401, good).isEmpty)
        #expect(!problems(200, nil).isEmpty)
        #expect(description.problems(method: "GET", path: "/t/y", status: 200, body: good) == ["/t/y is not described"])
    }

    @Test func `the page asks nobody else and may run only its own script`() async throws {
        let dialect = DocumentedDialect(TestDialect(routes: []), title: "Test", version: "2")
        let page = try #require(dialect.routes.first { $0.path == "docs" })
        let harness = await Harness([page])
        let answer = try await harness.send(.get, "/t/docs")
        #expect(answer.header("Content-Type") == "text/html; charset=utf-8")
        let policy = try #require(answer.header("Content-Security-Policy"))
        #expect(policy.contains("default-src 'none'") && policy.contains("script-src 'sha256-"))
        #expect(!answer.text.contains("http://") && !answer.text.contains("https://") && !answer.text.contains("src="))
    }
}
