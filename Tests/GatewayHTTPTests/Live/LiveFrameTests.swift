import Bus
import Contracts
import Foundation
import GatewayHTTP
import NIOCore
import NIOWebSocket
import TestSupport
import Testing

@Suite(.serialized) struct `Frames on a live connection` {
    @Test func `that are nonsense are answered by what is wrong with them, and the connection goes on`() async throws {
        try await LiveHarness.run { live in
            let (socket, _) = try await live.open()
            for (text, part) in [
                ("nonsense", "VALIDATION_001"), ("[]", "must be a JSON object"), ("{}", "type is required"),
                (#"{"type":1}"#, "type must be a text"), (#"{"type":"unknown"}"#, "type is not one"),
                (#"{"type":"echo"}"#, "text is required"), (#"{"type":"auth","token":"x"}"#, "has a credential"),
                (#"{"type":"break"}"#, "SERVER_001"), ("\u{0}", "VALIDATION_001"),
                (String(repeating: "[", count: 60_000), "VALIDATION_001"),
            ] {
                try await socket.send(text: text)
                let answer = try await socket.next("error")
                #expect("\(answer)".contains(part), "\(text.prefix(40)): \(answer)")
            }
            try await socket.send(["type": "echo", "text": "still here"])
            #expect(try await socket.next("echo")["data"]["text"] == "still here")
            await socket.close()
        }
    }

    @Test func `may come in parts`() async throws {
        try await LiveHarness.run { live in
            let (socket, _) = try await live.open()
            try await socket.send(opcode: .text, ByteBuffer(string: #"{"type":"ec"#), isFinal: false)
            try await socket.send(opcode: .ping, ByteBuffer(string: "between"))
            try await socket.send(opcode: .continuation, ByteBuffer(string: #"ho","text":"#), isFinal: false)
            try await socket.send(opcode: .continuation, ByteBuffer(string: #""whole"}"#))
            #expect(try await socket.next("echo")["data"]["text"] == "whole")
            await socket.close()
        }
    }

    @Test func `end the connection where the protocol is broken`() async throws {
        try await LiveHarness.run { live in
            func expect(_ code: Int, after break: (WebSocketClient) async throws -> Void) async throws {
                let (socket, _) = try await live.open()
                try await `break`(socket)
                #expect(await socket.closeCode(within: .seconds(5)) == code)
            }
            let half = ByteBuffer(repeating: 0x20, count: 40_000)
            let tooLong = ByteBuffer(repeating: 0x20, count: 65_537)
            try await expect(1009) { try await $0.send(opcode: .text, tooLong) }
            try await expect(1009) { socket in
                try await socket.send(opcode: .text, half, isFinal: false)
                try await socket.send(opcode: .continuation, half)
            }
            try await expect(1007) { try await $0.send(opcode: .text, ByteBuffer(bytes: [0xFF, 0xFE, 0x22])) }
            if let reserved = WebSocketOpcode(encodedWebSocketOpcode: 3) {
                try await expect(1002) { try await $0.send(opcode: reserved, ByteBuffer(string: "x")) }
            }
            try await expect(1003) { try await $0.send(opcode: .binary, ByteBuffer(string: "x")) }
            try await expect(1002) { try await $0.send(opcode: .text, ByteBuffer(string: "{}"), isMasked: false) }
            try await expect(1002) { try await $0.send(opcode: .continuation, ByteBuffer(string: "x")) }
            try await expect(1002) { try await $0.send(opcode: .ping, ByteBuffer(repeating: 0x20, count: 126)) }
        }
    }

    @Test func `are counted by credential`() async throws {
        var rates = RateLimits.off
        rates.general = 10
        try await LiveHarness.run(rates: rates) { live in
            let (socket, _) = try await live.open()
            for _ in 0..<9 { try await socket.send(["type": "echo", "text": "x"]) }
            for _ in 0..<9 { _ = try await socket.next("echo") }
            try await socket.send(["type": "echo", "text": "x"])
            let answer = try await socket.next("error")
            #expect(answer["data"]["code"] == "RATE_001" && (answer["data"]["retry_after"].int ?? 0) > 0)
            await socket.close()
        }
    }

    @Test func `that need a scope are refused without it`() async throws {
        try await LiveHarness.run(claims: Harness.claims(scopes: .readCalls)) { live in
            let (socket, _) = try await live.open()
            try await socket.send(["type": "write"])
            #expect(try await socket.next("error")["data"]["code"] == "AUTH_004")
            await socket.close()
        }
    }

    @Test func `a flood of them is taken in no faster than it is answered`() async throws {
        try await LiveHarness.run { live in
            let (socket, _) = try await live.open()
            for count in 0..<500 { try await socket.send(["type": "echo", "text": JSON("\(count)")]) }
            for count in 0..<500 { #expect(try await socket.next("echo")["data"]["text"].string == "\(count)") }
            await socket.close()
        }
    }

    @Test func `who answers no ping is closed, who does stays`() async throws {
        try await LiveHarness.run(limits: { $0.pingMS = 150 }) { live in
            let (here, _) = try await live.open()
            let (gone, _) = try await live.open()
            try await gone.stopReading()
            try await Task.sleep(for: .milliseconds(900))
            #expect(here.pings >= 3 && !here.isClosed)
            try? await gone.goOnReading()
            #expect(await gone.closeCode(within: .seconds(2)) == 1006)
            await here.close()
        }
    }

    @Test func `a connection ends with its token`() async throws {
        var claims = Harness.claims()
        claims.exp = Int(Date().timeIntervalSince1970) + 2
        try await LiveHarness.run(claims: claims) { live in
            let (socket, _) = try await live.open()
            #expect(await socket.closeCode(within: .seconds(5)) == 1008)
            #expect(try await socket.next("error")["data"]["code"] == "AUTH_002")
        }
    }

    @Test func `the server says goodbye when it stops`() async throws {
        let opened = Seen<WebSocketClient>()
        try await LiveHarness.run { live in
            opened.put(try await live.open().0)
            // One that has not said anything yet does not hold it up.
            _ = try await RawConnection.open(port: live.port)
        }
        #expect(await opened.value?.closeCode(within: .seconds(2)) == 1001)
    }

    @Test(arguments: ["/t/x", "/ws", "/nothing"], ["websocket", "h2c"])
    func `an upgrade that is not made is answered as any other request`(path: String, upgrade: String) async throws {
        try await LiveHarness.run { live in
            let connection = try await RawConnection.open(port: live.port)
            try await connection.send(
                "GET \(path) HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: \(upgrade)\r\n\r\n")
            let status = ["/t/x": "200 OK", "/ws": "426 Upgrade Required", "/nothing": "404 Not Found"][path] ?? ""
            #expect(await connection.wait { $0.contains("HTTP/1.1 \(status)") && $0.contains("}") })
            #expect(await connection.waitForClose())
        }
    }

    @Test func `a handshake behind another request is refused, and one that dribbles in is taken`() async throws {
        try await LiveHarness.run { live in
            let handshake =
                "GET /ws HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
            let connection = try await RawConnection.open(port: live.port)
            try await connection.send("GET /t/x HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(await connection.wait { $0.contains("200 OK") })
            try await connection.send(handshake)
            #expect(await connection.wait { $0.contains("426 Upgrade Required") })
            let slow = try await RawConnection.open(port: live.port)
            for character in handshake { try await slow.send(String(character)) }
            #expect(await slow.wait { $0.hasPrefix("HTTP/1.1 101 ") })
            for connection in [connection, slow] { await connection.close() }
        }
    }
}
