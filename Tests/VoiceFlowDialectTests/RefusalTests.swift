import Foundation
import GatewayHTTP
import Testing

@Suite struct RefusalTests {
    @Test func `nothing that is sent to any route is a server's failure`() async throws {
        let test = try await TestGateway()
        let bodies = [
            "", "null", "[]", "{}", "[[[[", "\u{0}", #"{"email":{},"password":[]}"#, #"{"name":1e400}"#,
            #"{"name":[],"role":true,"channels":{},"agent_id":-0,"voice":9e9,"tone":null,"chat_widget":[1]}"#,
            #"{"whatsapp":"\u0000","email":[[[1]]],"phone_number":"\ud800"}"#, String(repeating: "[", count: 5000),
        ]
        for route in test.routes {
            for id in ["x", "%00", UUID().uuidString, String(repeating: "9", count: 500)] {
                let path = "/" + route.path.replacingOccurrences(of: "{id}", with: id)
                for body in bodies {
                    let query = "?limit=%00&page=-1&time_range=&agent_id=%ff&cursor=%ff&&=&status=ALL"
                    let answer = try await test.send(route.method, path + query, body)
                    #expect(answer.status < 500, "\(route.method) \(path) \(body)")
                }
            }
        }
    }
}
