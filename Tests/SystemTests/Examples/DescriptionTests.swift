import Foundation
import GatewayHTTP
import TestSupport
import Testing

extension RealStack.Shared {
    /// The published description of the API, and the page that shows it.
    @Suite struct Description {
        private static let methods: Set = ["get", "post", "put", "patch", "delete"]

        @Test(arguments: ["/api/openapi.json", "/openapi.json", "/voicera/openapi.json", "/voiceflow/openapi.json"])
        func `the document is whole in itself`(path: String) async throws {
            let answer = try await Running.current.api.get(path).expect(200)
            let document = try answer.value
            #expect(document["openapi"]?.textValue?.hasPrefix("3.1") == true)
            #expect(document["info"]?["title"]?.textValue?.isEmpty == false)
            #expect(document["info"]?["version"]?.textValue?.isEmpty == false)
            var identifiers: [String] = []
            let components = Dictionary(
                uniqueKeysWithValues: (document["components"]?["schemas"]?.members ?? []).map { ($0.key, $0.value) })
            for item in document["paths"]?.members ?? [] {
                #expect(item.key.hasPrefix("/"))
                for operation in item.value.members ?? [] {
                    let place = "\(operation.key) \(item.key)"
                    #expect(Self.methods.contains(operation.key), "\(place)")
                    identifiers.append(operation.value["operationId"]?.textValue ?? "")
                    expectParameters(operation.value, item.key)
                    let responses = operation.value["responses"]?.members ?? []
                    #expect(responses.contains { $0.key.hasPrefix("2") }, "\(place)")
                    #expect(operation.value["security"]?.items != nil && operation.value["summary"]?.textValue != nil)
                    let contents = [operation.value["requestBody"]] + responses.map(\.value)
                    for content in contents.compactMap({ $0?["content"]?["application/json"] }) {
                        guard let schema = content["schema"], let example = content["example"] else { continue }
                        let problems = SchemaCheck.problems(of: example, against: schema, components: components)
                        #expect(problems.isEmpty, "\(place): \(problems)")
                    }
                }
            }
            #expect(Set(identifiers).count == identifiers.count && !identifiers.contains(""))
            for reference in Self.references(document) { #expect(Self.resolve(reference, document), "\(reference)") }
            for scheme in ["bearer", "apiKey"] { #expect(document["components"]?["securitySchemes"]?[scheme] != nil) }
        }

        private func expectParameters(_ operation: JSONValue, _ path: String) {
            let inPath = path.matches(of: /\{([^}]+)\}/).map { String($0.1) }
            let described = (operation["parameters"]?.items ?? []).filter { $0["in"] == "path" }
            #expect(described.compactMap { $0["name"]?.textValue } == inPath, "\(path)")
            #expect(described.allSatisfy { $0["required"] == true }, "\(path)")
        }

        private static func references(_ value: JSONValue) -> [String] {
            switch value {
            case .object(let members):
                members.flatMap { member -> [String] in
                    if member.key == "$ref", let text = member.value.textValue { return [text] }
                    return references(member.value)
                }
            case .array(let items): items.flatMap(references)
            default: []
            }
        }

        private static func resolve(_ reference: String, _ document: JSONValue) -> Bool {
            guard reference.hasPrefix("#/") else { return false }
            var value: JSONValue? = document
            for part in reference.dropFirst(2).split(separator: "/") { value = value?[String(part)] }
            return value != nil
        }

        @Test func `the example of each body is taken as it stands`() async throws {
            let api = try await Running.person()
            let document = try await api.get("/api/openapi.json").json
            let client = try await api.createClient(phone: Phones.next())
            let agent = try await api.post("/agents", ["name": "Caller"]).expect(201).json["id"]
            let campaign = try await api.post("/campaigns", ["name": "Calls", "agent_id": agent]).expect(201).json["id"]
            for (path, item) in document["paths"].object ?? [:] {
                for (method, operation) in item.object ?? [:] {
                    var example = operation["requestBody"]["content"]["application/json"]["example"]
                    guard !example.isNull else { continue }
                    if case .object(var members) = example {
                        if members["email"] != nil { members["email"] = JSON("\(newUUID())@example.com") }
                        if members["client_id"] != nil { members["client_id"] = JSON(client) }
                        if members["phone_number"] != nil { members["phone_number"] = JSON(Phones.next()) }
                        members["agent_id"] = nil
                        example = .object(members)
                    }
                    let id = path.contains("/campaigns/") ? campaign.string ?? "" : client
                    let answer = try await api.send(
                        method.uppercased(), path.replacingOccurrences(of: "{id}", with: id), json: example)
                    // These name somebody or something that is not there.
                    let refusals = [
                        "/login": 401, "/switch-workspace": 404, "/members/{id}": 404, "/invitations/accept": 400,
                        "/conversations/{id}/end": 404, "/conversations/{id}/rating": 404,
                    ]
                    let isFine =
                        (200..<300).contains(answer.status)
                        || refusals.contains { path.hasSuffix($0.key) && answer.status == $0.value }
                    #expect(isFine, "\(method) \(path): \(answer.text)")
                }
            }
        }

        @Test(arguments: ["/api/docs", "/docs", "/voiceflow/docs"])
        func `the page needs nothing from elsewhere`(path: String) async throws {
            let page = try await Running.current.api.get(path).expect(200)
            #expect(page.header("Content-Type")?.hasPrefix("text/html") == true)
            let policy = page.header("Content-Security-Policy") ?? ""
            #expect(policy.contains("default-src 'none'") && !policy.contains("unsafe") && !policy.contains("http"))
            for match in page.text.matches(of: /(?:src|href|action)\s*=\s*["']?([^"'\s>]+)/) {
                let target = String(match.1)
                #expect(!target.contains("//") && !target.lowercased().hasPrefix("javascript:"), "\(target)")
            }
            let outside = page.text.matches(of: /https?:\/\/[^\s"'<>)`]+/).map { String($0.0) }
                .filter {
                    !$0.hasPrefix("http://www.w3.org/") && !$0.contains("localhost") && !$0.contains("127.0.0.1")
                }
            #expect(outside.isEmpty, "\(outside)")
            #expect(!page.text.contains("@import") && !page.text.contains("url(http"))
        }
    }
}
