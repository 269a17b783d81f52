import Bus
import Contracts
import Foundation
import GatewayHTTP
import Testing

@Suite struct SpineTests {
    @Test func `a person registers, makes a client, logs a call and sees it counted`() async throws {
        let test = await TestGateway()
        let registered = try await test.send(
            .post, "/api/auth/register",
            body: #"{"email":"user@example.com","password":"password123","name":"John Doe"}"#)
        #expect(registered.status == 201)
        #expect(registered["user"]?["email"] == "user@example.com")
        #expect(registered["user"]?["name"] == "John Doe")
        let token = try #require(registered["token"]?.textValue)

        let me = try await test.send(.get, "/api/auth/me", token: token)
        #expect(me.status == 200)
        #expect(me["user"]?["created_at"] == "2025-12-26T10:30:00Z")

        let clientID = try await test.makeClient(token)
        let logged = try await test.send(
            .post, "/api/calls", token: token,
            body: """
                {"client_id": "\(clientID)", "caller_phone": "+1-555-0200", "caller_name": "John Smith",
                 "duration_seconds": 45.5, "stt_latency_ms": 150, "llm_latency_ms": 300, "tts_latency_ms": 200,
                 "transcript": "Customer: Hello, I'd like to schedule an appointment...", "sentiment": "Positive",
                 "success": true, "recording_url": "https://storage.example.com/call-123.wav",
                 "notes": "Customer interested in cleaning appointment"}
                """)
        #expect(logged.status == 201)
        #expect(logged["call"]?["client_id"] == .text(clientID))
        let callID = try #require(logged["call"]?["id"]?.textValue)

        let call = try await test.send(.get, "/api/calls/\(callID)", token: token)
        #expect(call["call"]?["duration_seconds"] == 45.5)
        #expect(call["call"]?["stt_latency_ms"] == 150)
        #expect(call["call"]?["sentiment"] == "POSITIVE")
        #expect(call.text.contains(#""duration_seconds":45.5,"#))

        let list = try await test.send(.get, "/api/calls?limit=900", token: token)
        #expect(list["total"] == 1)
        #expect(list["limit"] == 500)
        #expect(list["calls"]?.items?.first?["client_name"] == "Dr. Mike's Dental")

        let dashboard = try await test.send(.get, "/api/analytics/dashboard", token: token)
        #expect(
            dashboard.text == """
                {"total_calls":1,"total_duration":45.5,"success_rate":100.0,"avg_sentiment":"POSITIVE","total_clients":1}
                """)
    }

    @Test func `clients are listed, read, changed and deleted`() async throws {
        let test = await TestGateway()
        let token = try await test.register()
        let id = try await test.makeClient(token)
        let list = try await test.send(.get, "/api/clients", token: token)
        #expect(list["total"] == 1)
        #expect(list["next_cursor"] == .null)
        let changed = try await test.send(
            .put, "/api/clients/\(id)", token: token,
            body: #"{"name":"Updated","voice_name":"af_sky","profession":null}"#)
        #expect(changed["client"]?["name"] == "Updated")
        #expect(changed["client"]?["voice_name"] == "af_sky")
        #expect(changed["client"]?["profession"] == .null)
        let deleted = try await test.send(.delete, "/api/clients/\(id)", token: token)
        #expect(deleted.text == #"{"message":"Client deleted"}"#)
        #expect(try await test.send(.get, "/api/clients/\(id)", token: token).status == 404)
    }
}
