import Bus
import Contracts
import Foundation
import GatewayHTTP
import ReceptionistDialect
import Testing

@Suite struct SharedRouteTests {
    @Test func `API keys are made, used, listed and deleted`() async throws {
        let test = await TestGateway()
        let token = try await test.register()
        let client = try await test.makeClient(token)
        let made = try await test.send(
            .post, "/api/settings/api-keys", token: token,
            body: #"{"name":"Front desk","scopes":["write:calls"],"expires_in_days":30}"#)
        #expect(made.status == 201)
        #expect(made["scopes"] == ["write:calls"] && made["last_used_at"] == .null)
        let key = try #require(made["key"]?.textValue)
        let logged = try await test.send(
            .post, "/api/calls", headers: ["X-API-Key": key], body: #"{"client_id":"\#(client)"}"#)
        #expect(logged.status == 201)
        #expect(try await test.send(.get, "/api/calls", headers: ["X-API-Key": key]).status == 403)
        let list = try await test.send(.get, "/api/settings/api-keys", token: token)
        #expect(list["total"] == 1 && list["api_keys"]?.items?.first?["key"] == nil)
        #expect(!list.text.contains(key))
        let id = try #require(made["id"]?.textValue)
        #expect(try await test.send(.delete, "/api/settings/api-keys/\(id)", token: token)["success"] == true)
        let again = try await test.send(.delete, "/api/settings/api-keys/\(id)", token: token)
        #expect(again.status == 404 && again["error"] == "API key not found")
    }

    @Test(arguments: [
        "{}", #"{"name":""}"#, #"{"name":5}"#, #"{"name":"x","scopes":["fly"]}"#, #"{"name":"x","scopes":[]}"#,
        #"{"name":"x","scopes":"write:calls"}"#, #"{"name":"x","expires_in_days":0}"#,
        #"{"name":"x","expires_in_days":3651}"#, #"{"name":"x","expires_in_days":1.5}"#,
    ])
    func `a wrong key is not made`(body: String) async throws {
        let test = await TestGateway()
        let token = try await test.register()
        #expect(try await test.send(.post, "/api/settings/api-keys", token: token, body: body).status == 400)
    }

    @Test func `the export holds every call in cells that a spreadsheet only shows`() async throws {
        let test = await TestGateway()
        let token = try await test.register()
        let client = try await test.makeClient(token)
        for index in 0..<450 {
            _ = try await test.send(
                .post, "/api/calls", token: token,
                body:
                    #"{"client_id":"\#(client)","caller_name":"=cmd()","caller_phone":"+1","notes":"a \"b\", c\nd \#(index)"}"#
            )
        }
        let export = try await test.send(.get, "/api/calls/export", token: token)
        #expect(export.status == 200)
        #expect(export.header("Content-Type") == "text/csv; charset=utf-8")
        #expect(export.header("Content-Disposition")?.hasPrefix("attachment; filename=\"calls-") == true)
        #expect(export.header("Content-Length") == nil)
        let rows = export.text.components(separatedBy: "\r\n")
        #expect(rows.count == 452 && rows.last == "")
        #expect(rows[0] == CallsExport.columns.joined(separator: ","))
        #expect(rows[1].contains(",'+1,'=cmd(),0,neutral,true,completed,,,,,\"a \"\"b\"\", c\nd 449\","))
        #expect(try await test.send(.get, "/api/calls/export?days=0", token: token).status == 400)
        #expect(try await test.send(.get, "/api/calls/export?client_id=x", token: token).status == 404)
        #expect(try await test.send(.get, "/api/calls/export").status == 401)
    }

    @Test func `cells are quoted where they must be`() {
        var csv = CSVWriter()
        csv.row(["plain", "a,b", "\"", "-1", "@x", "\tx", "\rx", "=1", "+1", "", "a\nb", "é"])
        #expect(String(buffer: csv.buffer) == "plain,\"a,b\",\"\"\"\",'-1,'@x,'\tx,\"'\rx\",'=1,'+1,,\"a\nb\",é\r\n")
    }

    @Test func `no route answers without a credential, with a bad one, or with too small a scope`() async throws {
        let test = await TestGateway()
        let none = try await FakeAuth.token(scopes: [])
        for mounted in test.gateway.table.routes where mounted.route.needs != .nothing {
            let path = mounted.template.replacingOccurrences(of: "{id}", with: UUID().uuidString.lowercased())
            let method = mounted.route.method
            let body = method == .get ? nil : "{}"
            let missing = try await test.send(method, path, body: body)
            #expect(missing.status == 401 && missing["error"] == "Missing authorization header", "\(mounted.name)")
            let bad = try await test.send(method, path, token: "bad", body: body)
            #expect(bad.status == 401 && bad["error"] == "Invalid or expired token", "\(mounted.name)")
            guard mounted.route.needs != .credential else { continue }
            #expect(try await test.send(method, path, token: none, body: body).status == 403, "\(mounted.name)")
        }
    }

    @Test func `nothing that is sent to any route is a server's failure`() async throws {
        let test = await TestGateway()
        let token = try await test.register()
        let bodies = [
            "", "null", "[]", "{}", "[[[[", "\u{0}", #"{"email":{},"password":[]}"#, #"{"name":1e400}"#,
            #"{"client_id":{"a":[1]},"name":[],"email":true,"id":-0,"scopes":{},"phone_number":9e9}"#,
            String(repeating: "[", count: 5000),
        ]
        for mounted in test.gateway.table.routes {
            for id in ["x", "%00", UUID().uuidString, "..", "%2e%2e%2f", String(repeating: "9", count: 500)] {
                let path = mounted.template.replacingOccurrences(of: "{id}", with: id)
                for body in bodies {
                    let answer = try await test.send(
                        mounted.route.method, path + "?limit=%00&days=&offset=1e9&&=&cursor=%ff", token: token,
                        body: body)
                    #expect(answer.status < 500, "\(mounted.name) \(id) \(body)")
                }
            }
        }
    }
}
