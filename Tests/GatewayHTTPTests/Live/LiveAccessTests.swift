import Bus
import Contracts
import Foundation
import GatewayHTTP
import NIOCore
import TestSupport
import Testing

@Suite(.serialized) struct `Opening a live connection` {
    private func refusal(
        _ live: LiveHarness, _ path: String = "/ws", _ headers: [String: String] = [:]
    ) async throws -> (code: String?, close: Int?) {
        let socket = try await WebSocketClient.open(port: live.port, path, headers: headers)
        let frame = try await socket.next()
        return (frame["data"]["code"].string, await socket.closeCode(within: .seconds(5)))
    }

    @Test func `takes a credential in every place that is meant for it`() async throws {
        try await LiveHarness.run { live in
            let token = try await live.token()
            for (path, headers) in [
                ("/ws", ["Authorization": "Bearer \(token)"]), ("/t/ws?token=\(token)", [:]),
                ("/ws", ["authorization": "bearer \(token)", "Origin": "https://app.example.com"]),
            ] {
                let socket = try await WebSocketClient.open(port: live.port, path, headers: headers)
                #expect(try await socket.next()["type"] == "metrics")
                await socket.close()
            }
            let socket = try await WebSocketClient.open(port: live.port)
            try await socket.send(["type": "auth", "token": JSON(token)])
            #expect(try await socket.next()["type"] == "metrics")
            await socket.close()
        }
    }

    @Test func `takes an API key`() async throws {
        try await LiveHarness.run { live in
            let grant = APIKeyGrant(
                id: APIKeyID(UUID()), workspaceID: live.workspaceID, scopes: .readCalls, clientHint: "voicera",
                expiresAt: nil)
            live.bus.serve(CheckAPIKey.self) { request, _ in
                guard request.secret == "sb_good" else { throw Fault(.tokenInvalid) }
                return grant
            }
            let socket = try await WebSocketClient.open(port: live.port, headers: ["X-API-Key": "sb_good"])
            #expect(try await socket.next()["type"] == "metrics")
            #expect(try await refusal(live, "/ws", ["X-API-Key": "sb_bad"]) == ("AUTH_003", 1008))
            live.revocations.replace(with: [
                AccessRevoked(apiKeyID: grant.id, forgetAfter: Timestamp.now().adding(seconds: 60))
            ])
            #expect(await socket.closeCode(within: .seconds(5)) == 1008)
        }
    }

    @Test func `closes with 1008 whoever is nobody, and says why`() async throws {
        try await LiveHarness.run { live in
            let wrong = try await Harness.token(live.claims, secret: "another secret of at least thirty-two bytes")
            var old = live.claims
            old.exp = old.iat - 1
            #expect(try await refusal(live, "/ws", ["Authorization": "Bearer \(wrong)"]) == ("AUTH_003", 1008))
            #expect(try await refusal(live, "/ws", ["Authorization": "Basic x"]) == ("AUTH_003", 1008))
            #expect(try await refusal(live, "/ws?token=\(wrong)") == ("AUTH_003", 1008))
            #expect(try await refusal(live, "/ws?ticket=nonsense") == ("AUTH_003", 1008))
            #expect(try await refusal(live, "/ws?token=\(try await Harness.token(old))") == ("AUTH_002", 1008))
            for first in [#"{"type":"auth"}"#, #"{"type":"message"}"#, "nonsense", "[]", #"{"type":"auth","token":1}"#]
            {
                let socket = try await WebSocketClient.open(port: live.port)
                try await socket.send(text: first)
                #expect(await socket.closeCode(within: .seconds(5)) == 1008, "\(first)")
            }
        }
    }

    @Test func `needs the scope of reading calls`() async throws {
        try await LiveHarness.run(claims: Harness.claims(scopes: .readAgents)) { live in
            let token = try await live.token()
            #expect(try await refusal(live, "/ws", ["Authorization": "Bearer \(token)"]) == ("AUTH_004", 1008))
        }
    }

    @Test func `closes who says nothing in time`() async throws {
        try await LiveHarness.run(limits: { $0.firstFrameMS = 200 }) { live in
            let start = ContinuousClock.now
            let refused = try await refusal(live)
            #expect(refused == ("AUTH_003", 1008))
            #expect(ContinuousClock.now - start >= .milliseconds(190))
        }
    }

    @Test func `takes no token in the address where that is switched off`() async throws {
        try await LiveHarness.run(limits: { $0.takesTokenInQuery = false }) { live in
            let refused = try await refusal(live, "/ws?token=\(try await live.token())")
            #expect(refused == ("AUTH_003", 1008))
        }
    }

    @Test func `refuses pages of other origins before it opens`() async throws {
        try await LiveHarness.run { live in
            let token = try await live.token()
            for origin in ["https://evil.example.com", "null", "https://app.example.com.evil.com"] {
                let refused = await #expect(throws: WebSocketClient.Refused.self) {
                    _ = try await WebSocketClient.open(
                        port: live.port, headers: ["Authorization": "Bearer \(token)", "Origin": origin])
                }
                #expect(refused?.status == 403)
            }
        }
    }

    @Test(arguments: [
        ["Sec-WebSocket-Version": "12"], ["Sec-WebSocket-Key": "short"], ["Upgrade": "h2c"],
        ["Connection": "keep-alive"], ["Content-Length": "1"],
    ])
    func `refuses what is no handshake`(headers: [String: String]) async throws {
        try await LiveHarness.run { live in
            let refused = await #expect(throws: WebSocketClient.Refused.self) {
                _ = try await WebSocketClient.open(port: live.port, headers: headers)
            }
            #expect(refused?.status == 426 && refused?.text.lowercased().contains("upgrade: websocket") == true)
        }
    }

    @Test func `refuses more than there is room for`() async throws {
        try await LiveHarness.run(limits: { limits in
            limits.sockets = 3
            limits.socketsPerWorkspace = 2
        }) { live in
            let first = try await live.open().0
            let second = try await live.open().0
            let token = try await live.token()
            #expect(try await refusal(live, "/ws", ["Authorization": "Bearer \(token)"]) == ("SERVER_002", 1013))
            let other = try await Harness.token()
            let third = try await WebSocketClient.open(port: live.port, "/ws?token=\(other)")
            #expect(try await third.next()["type"] == "metrics")
            let refused = await #expect(throws: WebSocketClient.Refused.self) { _ = try await live.open() }
            #expect(refused?.status == 503)
            for socket in [first, second, third] { await socket.close() }
            for _ in 0..<200 {
                if let (socket, _) = try? await live.open() { return await socket.close() }
                try await Task.sleep(for: .milliseconds(10))
            }
            Issue.record("places are not given back")
        }
    }

    @Test func `counts by address what brings no credential`() async throws {
        var rates = RateLimits.off
        rates.general = 5
        try await LiveHarness.run(rates: rates) { live in
            for _ in 0..<5 {
                let socket = try await WebSocketClient.open(port: live.port)
                await socket.close()
            }
            let refused = await #expect(throws: WebSocketClient.Refused.self) {
                _ = try await WebSocketClient.open(port: live.port)
            }
            #expect(refused?.status == 429)
            #expect(try await refusal(live, "/ws?token=nonsense") == ("RATE_001", 1013))
            // A person's own share is another one.
            let (socket, _) = try await live.open()
            await socket.close()
        }
    }

    @Test func `a ticket is good once and says whose it is`() async throws {
        try await LiveHarness.run { live in
            let gateway = await Harness([live.hub.tickets.route])
            let answer = try await gateway.send(
                .post, "/t/ws/ticket", headers: ["Authorization": "Bearer \(try await live.token())"])
            #expect(answer.status == 200 && answer.json["expires_in"] == 30)
            let ticket = answer.json["ticket"]?.textValue ?? ""
            let tampered = String(ticket.reversed())
            #expect(try await refusal(live, "/ws?ticket=\(tampered)") == ("AUTH_003", 1008))
            let socket = try await WebSocketClient.open(port: live.port, "/ws?ticket=\(ticket)")
            #expect(try await socket.next()["type"] == "metrics")
            live.feed.add(1, in: live.workspaceID)
            #expect(try await live.numbers(1, from: socket) == [1])
            #expect(try await refusal(live, "/ws?ticket=\(ticket)") == ("AUTH_003", 1008))
            let session = SessionID(live.claims.sid)
            live.revocations.replace(with: [
                AccessRevoked(sessionID: session, forgetAfter: Timestamp.now().adding(seconds: 60))
            ])
            #expect(await socket.closeCode(within: .seconds(5)) == 1008)
        }
    }

    @Test func `tickets for one key are one ticket`() async throws {
        try await LiveHarness.run { live in
            let gateway = await Harness([live.hub.tickets.route])
            let headers = ["Authorization": "Bearer \(try await live.token())", "Idempotency-Key": "k"]
            var tickets: [String] = []
            for _ in 0..<2 {
                let answer = try await gateway.send(.post, "/t/ws/ticket", headers: headers)
                tickets.append(answer.json["ticket"]?.textValue ?? "")
            }
            let socket = try await WebSocketClient.open(port: live.port, "/ws?ticket=\(tickets[1])")
            #expect(try await socket.next()["type"] == "metrics")
            #expect(try await refusal(live, "/ws?ticket=\(tickets[0])") == ("AUTH_003", 1008))
            await socket.close()
        }
    }

    @Test func `works over TLS`() async throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try CertificateTests.make(in: folder, name: "live")
        let certificates = try ServerCertificates(
            certificateFile: folder.appendingPathComponent("cert.pem").path,
            keyFile: folder.appendingPathComponent("key.pem").path)
        try await LiveHarness.run(certificates: certificates) { live in
            let (socket, first) = try await live.open(isSecure: true)
            #expect(first["type"] == "metrics")
            live.feed.add(2, in: live.workspaceID)
            #expect(try await live.numbers(2, from: socket) == [1, 2])
            await socket.close()
        }
    }
}
