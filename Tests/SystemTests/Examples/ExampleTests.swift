import Foundation
import TestSupport
import Testing

extension RealStack.Shared {
    /// Every example of the product's documentation, sent as printed and answered as printed.
    @Suite struct Examples {
        private func replay(
            _ request: String, _ values: [String: String] = [:], status: Int = 200, like printed: String,
            withValues: Bool = true, sourceLocation: SourceLocation = #_sourceLocation
        ) async throws -> JSON {
            let answer = try await PrintedRequest(request, values).send(Running.current.api)
            #expect(answer.status == status, "\(answer.text)", sourceLocation: sourceLocation)
            #expect(answer.header("Content-Type") == "application/json", sourceLocation: sourceLocation)
            let problems = Likeness.problems(of: answer.json, like: try JSON(printed: printed), withValues: withValues)
            #expect(problems.isEmpty, "\(problems)", sourceLocation: sourceLocation)
            return answer.json
        }

        /// A person of this test's own in place of `user@example.com`.
        private func with(_ email: String, _ text: String) -> String {
            text.replacingOccurrences(of: "user@example.com", with: email)
        }

        @Test func `the examples of authentication`() async throws {
            typealias Printed = PrintedExamples
            let email = "user-\(newUUID())@example.com"
            let registered = try await replay(
                with(email, Printed.register), status: 201, like: with(email, Printed.signedIn))
            let signedIn = try await replay(with(email, Printed.logIn), like: with(email, Printed.signedIn))
            #expect(signedIn["user"] == registered["user"])
            let token = try #require(signedIn["token"].string)
            let me = try await replay(Printed.me, ["token": token], like: with(email, Printed.meAnswer))
            #expect(me["user"]["id"] == registered["user"]["id"])
            let renewed = try await replay(Printed.refresh, ["token": token], like: with(email, Printed.signedIn))
            let newToken = try #require(renewed["token"].string)
            #expect(newToken != token)
            _ = try await replay(Printed.me, ["token": newToken], like: with(email, Printed.meAnswer))
        }

        @Test(arguments: ["", "/voicera"])
        func `the examples of accounts`(prefix: String) async throws {
            typealias Printed = PrintedAccountExamples
            let email = "user-\(newUUID())@example.com"
            func at(_ request: String) -> String {
                with(email, request.replacing(" /auth", with: " \(prefix)/auth", maxReplacements: 1))
            }
            let registered = try await replay(
                at(Printed.register), status: 201, like: with(email, Printed.registered))
            let signedIn = try await replay(at(Printed.logIn), like: with(email, Printed.signedIn))
            #expect(signedIn["user"]["id"] == registered["id"])
            let values = [
                "token": try #require(signedIn["token"].string),
                "refresh_token": try #require(signedIn["refresh_token"].string),
            ]
            _ = try await replay(at(Printed.me), values, like: with(email, Printed.meAnswer))
            let renewed = try await replay(at(Printed.refresh), values, like: Printed.refreshed)
            #expect(renewed["token"] != signedIn["token"])
            let taken = try await PrintedRequest(at(Printed.register)).send(Running.current.api)
            #expect(taken.status == 409 && taken.json["error"]["code"] == "CONFLICT_001")
        }

        @Test func `the examples of clients`() async throws {
            typealias Printed = PrintedExamples
            var values = ["token": try await Running.person().token]
            let made = try await replay(Printed.createClient, values, status: 201, like: Printed.clientAnswer)
            let id = try #require(made["client"]["id"].string)
            values["client_id"] = id
            let list = try await replay(Printed.listClients, values, like: Printed.clientsAnswer)
            #expect(list["clients"][0] == made["client"])
            #expect(list["total"] == 1)
            #expect(list["next_cursor"].isNull)
            let got = try await replay(Printed.getClient, values, like: Printed.clientAnswer)
            #expect(got == made)
            let updated = try await replay(Printed.updateClient, values, like: Printed.updatedAnswer)
            #expect(updated["client"]["id"].string == id)
            #expect(updated["client"]["created_at"] == made["client"]["created_at"])
            _ = try await replay(Printed.deleteClient, values, like: Printed.deletedAnswer)
            let left = try await PrintedRequest(Printed.listClients, values).send(Running.current.api)
            #expect(left.json["clients"] == [] && left.json["total"] == 0)
        }

        @Test func `the examples of calls and of statistics`() async throws {
            typealias Printed = PrintedCallExamples
            let api = try await Running.person()
            let id = try await api.createClient(name: "Dr. Mike's Dental", phone: "+1-555-0100")
            var values = ["token": try api.token, "client_id": id]
            let logged = try await replay(Printed.logCall, values, status: 201, like: Printed.loggedAnswer)
            #expect(logged["call"]["client_id"].string == id)
            let callID = try #require(logged["call"]["id"].string)
            values["call_id"] = callID
            let list = try await replay(Printed.listCalls, values, like: Printed.callsAnswer)
            #expect(list["calls"][0]["id"] == logged["call"]["id"])
            #expect(list["calls"][0]["client_name"] == "Dr. Mike's Dental")
            #expect(list["calls"][0]["phone_number"] == "+1-555-0100")
            let call = try await replay(Printed.getCall, values, like: Printed.callAnswer)
            #expect(call["call"]["created_at"] == logged["call"]["created_at"])

            try await eventually(within: .seconds(1), "the call and the client are counted") {
                let totals = try await api.get("/api/analytics/dashboard").json
                return totals["total_calls"] == 1 && totals["total_clients"] == 1
            }
            let dashboard = try await replay(
                Printed.dashboard, values, like: Printed.dashboardAnswer, withValues: false)
            #expect(
                dashboard == [
                    "total_calls": 1, "total_duration": 45.5, "success_rate": 100, "avg_sentiment": "POSITIVE",
                    "total_clients": 1,
                ])
            let days = try await replay(Printed.callsPerDay, values, like: Printed.callsPerDayAnswer, withValues: false)
            #expect(days["data"].array?.count == 30)
            #expect(days["data"][0]["calls"] == 1)
            let sentiment = try await replay(
                Printed.sentiment, values, like: Printed.sentimentAnswer, withValues: false)
            #expect(sentiment == ["POSITIVE": 1, "NEGATIVE": 0, "NEUTRAL": 0])
            let stats = try await replay(
                Printed.clientStats, values, like: Printed.clientStatsAnswer, withValues: false)
            #expect(stats["client_name"] == "Dr. Mike's Dental" && stats["total_calls"] == 1)
            #expect(stats["avg_stt_latency_ms"] == 150 && stats["avg_llm_latency_ms"] == 300)
            #expect(stats["avg_tts_latency_ms"] == 200 && stats["success_rate"] == 100)
        }

        @Test func `what the voice agent sends is logged with an API key`() async throws {
            let api = try await Running.person()
            let id = try await api.createClient(phone: Phones.next())
            guard case .key(let key) = try await api.withNewKey().credential else { return }
            let logged = try await replay(
                PrintedCallExamples.agentCall, ["key": key, "client_id": id], status: 201,
                like: PrintedCallExamples.loggedAnswer)
            let call = try await api.get("/api/calls/\(logged["call"]["id"].string ?? "")").expect(200).json["call"]
            #expect(call["sentiment"] == "NEUTRAL" && call["success"] == true && call["caller_phone"] == "...")
            #expect(call["recording_url"].isNull && call["notes"].isNull && call["caller_name"].isNull)
        }

        @Test(.enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/curl")))
        func `the curl examples`() async throws {
            let running = try Running.current
            let email = "curl-\(newUUID())@example.com"
            func run(_ example: String, _ values: [String: String] = [:]) async throws -> (status: Int, body: JSON) {
                var script = example.replacingOccurrences(of: "http://localhost:8000", with: running.stack.baseURL)
                    .replacingOccurrences(of: "user@example.com", with: email)
                    .replacingOccurrences(of: "curl ", with: "curl -s -w '\\n%{http_code}' ")
                for (name, value) in values { script = script.replacingOccurrences(of: "<\(name)>", with: value) }
                let log = "\(running.stack.folder)/logs/curl-\(newUUID())"
                let child = try await ChildProcess.start(
                    ["/bin/sh", "-c", script], environment: ["PATH": "/usr/bin:/bin"], log: log)
                _ = await child.awaitEnd()
                let lines = try String(contentsOfFile: log, encoding: .utf8).split(separator: "\n")
                return (Int(lines.last ?? "") ?? 0, try JSON(bytes: lines.dropLast().joined(separator: "\n").utf8))
            }
            let registered = try await run(PrintedCommands.register)
            #expect(registered.status == 201)
            let signedIn = try await run(PrintedCommands.logIn)
            #expect(signedIn.status == 200 && signedIn.body["user"] == registered.body["user"])
            let token = try #require(signedIn.body["token"].string)
            let made = try await run(PrintedCommands.createClient, ["token": token])
            #expect(made.status == 201)
            let problems = Likeness.problems(of: made.body, like: try JSON(printed: PrintedExamples.clientAnswer))
            #expect(problems.isEmpty, "\(problems)")
        }
    }
}

/// The commands that the documentation prints.
enum PrintedCommands {
    static let register = #"""
        curl -X POST http://localhost:8000/api/auth/register \
          -H "Content-Type: application/json" \
          -d '{
            "email": "user@example.com",
            "password": "password123",
            "name": "John Doe"
          }'
        """#
    static let logIn = #"""
        curl -X POST http://localhost:8000/api/auth/login \
          -H "Content-Type: application/json" \
          -d '{
            "email": "user@example.com",
            "password": "password123"
          }'
        """#
    static let createClient = #"""
        curl -X POST http://localhost:8000/api/clients \
          -H "Authorization: Bearer <token>" \
          -H "Content-Type: application/json" \
          -d '{
            "name": "Dr. Mike'\''s Dental",
            "phone_number": "+1-555-0100",
            "profession": "dentist",
            "voice_name": "af_sarah"
          }'
        """#
}
