import Foundation
import TestSupport
import Testing

extension RealStack {
    /// The live feed over WebSockets, on a stack of its own, since its gateway is killed.
    @Suite(
        .serialized,
        .stack {
            $0.gatewayProcesses = 2
            $0.serviceEnvironment["gateway-2"] = ["API_PORT": "\(StackKinds.otherPort)"]
        })
    struct LiveFeed {
        private struct Watcher {
            let api: APIClient
            let port: Int

            init(_ api: APIClient) throws {
                self.api = api
                port = try Running.current.stack.port
            }

            /// Opens the feed and takes the first frame.
            func open(_ query: String = "", at port: Int? = nil) async throws -> (WebSocketClient, JSON) {
                let socket = try await WebSocketClient.open(
                    port: port ?? self.port, "/ws\(query)", headers: ["Authorization": "Bearer \(try api.token)"])
                let first = try await socket.next()
                #expect(first["type"] == "metrics")
                return (socket, first)
            }
        }

        private static func watcher() async throws -> Watcher {
            try Watcher(try await Shared.VoiceFlow.signedUp())
        }

        /// The next frames that have a number, until there are so many.
        private func numbered(_ count: Int, from socket: WebSocketClient) async throws -> [JSON] {
            var frames: [JSON] = []
            while frames.count < count {
                let frame = try await socket.next()
                if frame["type"] != "metrics" { frames.append(frame) }
            }
            return frames
        }

        private func seqs(_ frames: [JSON]) -> [Int] { frames.compactMap { $0["seq"].int } }

        private func logRunning(_ api: APIClient, agent: String? = nil) async throws -> String {
            var body: [String: JSON] = ["phone_number": "+15550188", "status": "connected"]
            if let agent { body["agent_id"] = JSON(agent) }
            return try await api.post("/call-logs", .object(body)).expect(201).json["id"].string ?? ""
        }

        @Test func `what happens is shown in order as it happens`() async throws {
            let watcher = try await Self.watcher()
            let (socket, first) = try await watcher.open()
            #expect(first["seq"] == 0 && first["data"]["activeCalls"] == 0)
            #expect(first["data"]["avgResponseTime"] == "0.0s")
            let agent = try await Shared.VoiceFlow.deployed(watcher.api)
            // What one service tells comes in its order; that of two services is nobody's promise.
            let set = try await numbered(3, from: socket)
            let call = try await logRunning(watcher.api, agent: agent)
            try await watcher.api.patch("/call-logs/\(call)", ["status": "completed", "duration_seconds": 204])
            let frames = set + (try await numbered(5, from: socket))
            #expect(seqs(frames) == Array(1...8))
            #expect(
                frames.map { $0["type"].string } == [
                    "agent_status", "agent_status", "activity", "conversation", "activity", "conversation",
                    "call_logged", "activity",
                ])
            #expect(frames[0]["data"]["status"] == "draft" && frames[1]["data"]["status"] == "active")
            #expect(frames[1]["data"]["id"].string == agent && frames[1]["data"]["name"] == "Ada")
            #expect(frames[2]["data"]["type"] == "agent_activated" && frames[2]["data"]["agentName"] == "Ada")
            let (started, begun) = (frames[3]["data"], frames[4]["data"])
            #expect(started["event"] == "started" && started["id"].string == call)
            #expect(started["conversation"]["agentName"] == "Ada" && started["conversation"]["type"] == "phone")
            #expect(begun["type"] == "call_started" && begun["status"] == "info")
            #expect(begun["customerInfo"] == "+15550188")
            #expect(frames[5]["data"]["event"] == "ended")
            let logged = frames[6]["data"]["call"]
            #expect(logged["id"].string == call && logged["status"] == "completed" && logged["duration"] == "3m 24s")
            #expect(frames[7]["data"]["type"] == "call_ended" && frames[7]["data"]["status"] == "success")
            #expect(frames[7]["data"]["id"].string.flatMap { UUID(uuidString: $0) } != nil)
            // Who comes later is shown the figures as they are, and who was there is told when they change.
            try await eventually(within: .seconds(4), "the figures have followed", every: .milliseconds(200)) {
                let (late, frame) = try await watcher.open()
                await late.close()
                return frame["data"]["onlineAgents"] == 1 && frame["data"]["activeCalls"] == 0
                    && frame["data"]["successRate"] == 100
            }
            try await watcher.api.post("/agents/\(agent)/pause", [:]).expect(200)
            try await eventually(within: .seconds(4), "the change is told") {
                try await socket.next("metrics")["data"]["onlineAgents"] == 0
            }
            await socket.close()
        }

        @Test func `nothing is missed or told twice when the gateway is killed`() async throws {
            let watcher = try await Self.watcher()
            let other = watcher.api.at("http://127.0.0.1:\(StackKinds.otherPort)")
            let (socket, _) = try await watcher.open()
            for _ in 0..<3 { _ = try await logRunning(other) }
            let before = try await numbered(4, from: socket)
            let gateway = try Running.current.stack["gateway"]
            await gateway.send(SIGKILL)
            #expect(await socket.closeCode(within: .seconds(5)) == 1006)
            for _ in 0..<200 { _ = try await logRunning(other) }
            try await gateway.start()
            try await gateway.awaitReady()
            let (again, first) = try await watcher.open("?resume_from=4")
            #expect(first["seq"] == 4)
            _ = try await logRunning(other)
            let after = try await numbered(404, from: again)
            #expect(seqs(before + after) == Array(1...408))
            let ids = (before + after).filter { $0["type"] == "conversation" }.compactMap { $0["data"]["id"].string }
            #expect(ids.count == 204 && Set(ids).count == 204)
            // The other gateway gives them the same numbers and bytes, but for how long they last by now.
            let (there, _) = try await watcher.open("?resume_from=0", at: StackKinds.otherPort)
            let seen = try await numbered(408, from: there)
            #expect(seqs(seen) == Array(1...408))
            #expect(seen.map { $0["data"]["id"] } == (before + after).map { $0["data"]["id"] })
            for socket in [again, there] { await socket.close() }
        }

        @Test func `nothing is missed or told twice when analytics is killed again and again`() async throws {
            let watcher = try await Self.watcher()
            let (socket, _) = try await watcher.open()
            let analytics = try Running.current.stack["analytics"]
            var logged: [String] = []
            for round in 0..<4 {
                for _ in 0..<25 { logged.append(try await logRunning(watcher.api)) }
                if round < 3 { await analytics.send(SIGKILL) }
                for _ in 0..<25 { logged.append(try await logRunning(watcher.api)) }
                try await analytics.start()
                try await analytics.awaitReady()
            }
            let frames = try await numbered(400, from: socket)
            #expect(seqs(frames) == Array(1...400))
            let told = frames.filter { $0["type"] == "conversation" }.compactMap { $0["data"]["id"].string }
            #expect(told == logged)
            await socket.close()
        }

        @Test func `a number that is not there any more, or never was, is answered by resync`() async throws {
            let watcher = try await Self.watcher()
            let (socket, _) = try await watcher.open("?resume_from=1000")
            #expect(try await socket.next("resync")["seq"] == 0)
            _ = try await logRunning(watcher.api)
            #expect(seqs(try await numbered(2, from: socket)) == [1, 2])
            let stack = try Running.current.stack
            let workspace = try ForgedToken(watcher.api.token).claims["workspace_id"]?.string ?? ""
            try await stack.database.query(
                "DELETE FROM analytics.feed WHERE workspace_id = \(UUID(uuidString: workspace) ?? UUID())")
            _ = try await logRunning(watcher.api)
            #expect(seqs(try await numbered(2, from: socket)) == [3, 4])
            let (late, _) = try await watcher.open("?resume_from=1", at: StackKinds.otherPort)
            #expect(try await late.next("resync")["seq"] == 4)
            for socket in [socket, late] { await socket.close() }
        }

        @Test func `nobody hears of another workspace`() async throws {
            let theirs = try await Self.watcher()
            let mine = try await Self.watcher()
            let (socket, _) = try await mine.open()
            let canary = "canary\(Hex.random(bytes: 12))"
            try await theirs.api.post("/agents", ["name": JSON(canary)]).expect(201)
            try await theirs.api.post(
                "/call-logs", ["phone_number": JSON(canary), "status": "completed", "summary": JSON(canary)]
            ).expect(201)
            let (other, _) = try await theirs.open("?resume_from=0")
            #expect(try await numbered(4, from: other).contains { "\($0)".contains(canary) })
            _ = try await logRunning(mine.api)
            let frames = try await numbered(2, from: socket)
            #expect(seqs(frames) == [1, 2])
            #expect(!(frames.map { "\($0)" } + socket.waiting).contains { $0.contains(canary) })
            for socket in [socket, other] { await socket.close() }
        }

        @Test func `a connection is closed within a second of the end of its credential`() async throws {
            let watcher = try await Self.watcher()
            let port = watcher.port
            let (person, _) = try await watcher.open()
            let key = try await watcher.api.post(
                "/settings/api-keys", ["name": "k", "scopes": ["read:calls"]]
            ).expect(201).json
            let machine = try await WebSocketClient.open(
                port: StackKinds.otherPort, headers: ["X-API-Key": key["key"].string ?? ""])
            #expect(try await machine.next()["type"] == "metrics")
            try await watcher.api.delete("/settings/api-keys/\(key["id"].string ?? "")").expect(200)
            let start = ContinuousClock.now
            #expect(await machine.closeCode(within: .seconds(10)) == 1008)
            #expect(ContinuousClock.now - start < .seconds(1) || machineIsLoaded)
            try await watcher.api.send("POST", "/auth/logout").expect(200)
            let end = ContinuousClock.now
            #expect(await person.closeCode(within: .seconds(10)) == 1008)
            #expect(ContinuousClock.now - end < .seconds(1) || machineIsLoaded)
            #expect(try await person.next("error")["data"]["code"] == "AUTH_003")
            let late = try await WebSocketClient.open(
                port: port, headers: ["Authorization": "Bearer \(try watcher.api.token)"])
            #expect(await late.closeCode(within: .seconds(5)) == 1008)
        }

        @Test func `a ticket opens one connection, on any gateway`() async throws {
            let watcher = try await Self.watcher()
            for prefix in ["", "/api", "/voicera", "/voiceflow"] {
                let answer = try await watcher.api.send("POST", "\(prefix)/ws/ticket").expect(200).json
                #expect(answer["expires_in"] == 30)
                let ticket = answer["ticket"].string ?? ""
                let socket = try await WebSocketClient.open(port: StackKinds.otherPort, "/ws?ticket=\(ticket)")
                #expect(try await socket.next()["type"] == "metrics")
                for port in [watcher.port, StackKinds.otherPort] {
                    let second = try await WebSocketClient.open(port: port, "/voiceflow/ws?ticket=\(ticket)")
                    #expect(try await second.next()["data"]["code"] == "AUTH_003")
                    #expect(await second.closeCode(within: .seconds(5)) == 1008)
                }
                await socket.close()
            }
        }

        @Test func `who says nothing is closed, and who says who it is in time is let in`() async throws {
            let watcher = try await Self.watcher()
            let silent = try await WebSocketClient.open(port: watcher.port)
            let speaking = try await WebSocketClient.open(port: watcher.port, "/voiceflow/ws")
            try await speaking.send(["type": "auth", "token": JSON(try watcher.api.token)])
            #expect(try await speaking.next()["type"] == "metrics")
            let wrong = try await WebSocketClient.open(port: watcher.port)
            try await wrong.send(["type": "auth", "token": "nonsense"])
            #expect(await wrong.closeCode(within: .seconds(5)) == 1008)
            let byQuery = try await WebSocketClient.open(port: watcher.port, "/ws?token=\(try watcher.api.token)")
            #expect(try await byQuery.next()["type"] == "metrics")
            #expect(await silent.closeCode(within: .seconds(10)) == 1008)
            for socket in [speaking, byQuery] { await socket.close() }
        }

        @Test func `a request that wants to upgrade to what is not here is answered as any other`() async throws {
            let port = try Running.current.stack.port
            for (path, upgrade, status) in [
                ("/liveness", "websocket", 200), ("/liveness", "h2c", 200), ("/nothing", "websocket", 404),
                ("/ws", "h2c", 426), ("/ws/ticket", "websocket", 405),
            ] {
                let replies = try await RawConnection.exchange(
                    port: port,
                    [
                        .init(
                            "GET \(path) HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: \(upgrade)\r\n"
                                + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n")
                    ], answers: 2)
                #expect(replies.answers.map(\.status) == [status], "\(path) \(upgrade)")
                #expect(replies.isClosed)
            }
        }

        @Test func `a reader that is too slow is told to read everything anew`() async throws {
            let watcher = try await Self.watcher()
            let slow = try await WebSocketClient.open(
                port: watcher.port, headers: ["Authorization": "Bearer \(try watcher.api.token)"],
                receiveBuffer: 4096)
            _ = try await slow.next()
            let (quick, _) = try await watcher.open()
            try await slow.stopReading()
            let client = try await watcher.api.createClient(phone: Phones.next())
            let call: JSON = ["client_id": JSON(client), "caller_name": JSON(String(repeating: "n", count: 190))]
            let body = JSON.array([JSON](repeating: call, count: 200))
            for _ in 0..<10 { try await watcher.api.post("/api/calls/batch", body).expect(200) }
            let frames = try await numbered(4000, from: quick)
            #expect(seqs(frames) == Array(1...4000))
            try await slow.goOnReading()
            #expect(await slow.closeCode(within: .seconds(10)) == 1013)
            let last = try #require(slow.waiting.last.map { try JSON(bytes: Array($0.utf8)) })
            #expect(last["type"] == "resync" && slow.waiting.count < 4000)
            await quick.close()
        }

        @Test func `connections are closed with 1001 when the gateway stops`() async throws {
            let watcher = try await Self.watcher()
            let (socket, _) = try await watcher.open("", at: StackKinds.otherPort)
            let gateway = try Running.current.stack["gateway-2"]
            let start = ContinuousClock.now
            let end = await gateway.stop()
            #expect(await socket.closeCode(within: .seconds(1)) == 1001)
            #expect(end?.cause == .exited(code: 0) && ContinuousClock.now - start < .seconds(10))
            try await gateway.start()
            try await gateway.awaitReady()
        }

        private var machineIsLoaded: Bool {
            var load: [Double] = [0]
            return getloadavg(&load, 1) == 1 && load[0] > 1.5 * Double(ProcessInfo.processInfo.activeProcessorCount)
        }
    }
}
