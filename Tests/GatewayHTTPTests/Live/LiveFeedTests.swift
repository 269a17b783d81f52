import Bus
import Contracts
import Foundation
import GatewayHTTP
import NIOCore
import TestSupport
import Testing

@Suite(.serialized) struct `The live feed` {
    @Test func `is shown to all in order, each entry made once`() async throws {
        try await LiveHarness.run { live in
            var sockets: [WebSocketClient] = []
            for _ in 0..<20 {
                let (socket, first) = try await live.open()
                #expect(first["type"] == "metrics" && first["seq"] == 0 && first["timestamp"].string != nil)
                sockets.append(socket)
            }
            for _ in 0..<10 { live.feed.add(7, in: live.workspaceID) }
            for socket in sockets {
                #expect(try await live.numbers(70, from: socket) == Array(1...70))
                await socket.close()
            }
            #expect(live.surface.shown == 70)
        }
    }

    @Test func `is polled behind the news`() async throws {
        try await LiveHarness.run { live in
            let (socket, _) = try await live.open()
            live.feed.add(3, in: live.workspaceID, isQuiet: true)
            #expect(try await live.numbers(3, from: socket) == [1, 2, 3])
            await socket.close()
        }
    }

    @Test func `waits while it cannot be read, and goes on without a gap`() async throws {
        try await LiveHarness.run { live in
            let (socket, _) = try await live.open()
            live.feed.setAway(true)
            live.feed.add(2, in: live.workspaceID)
            try await Task.sleep(for: .milliseconds(300))
            live.feed.add(2, in: live.workspaceID)
            live.feed.setAway(false)
            #expect(try await live.numbers(4, from: socket) == [1, 2, 3, 4])
            live.feed.setAway(true)
            let refused = try await WebSocketClient.open(
                port: live.port, headers: ["Authorization": "Bearer \(try await live.token())"])
            // The room knows where it stands: who does not want what was before needs nobody.
            #expect(try await refused.next()["type"] == "metrics")
            for socket in [socket, refused] { await socket.close() }
        }
    }

    @Test func `goes on where somebody left off, while it grows`() async throws {
        try await LiveHarness.run { live in
            live.feed.add(900, in: live.workspaceID)
            let growing = Task {
                for _ in 0..<50 {
                    live.feed.add(4, in: live.workspaceID)
                    try await Task.sleep(for: .milliseconds(2))
                }
            }
            for start in [0, 5, 899, 900] {
                let (socket, first) = try await live.open("?resume_from=\(start)")
                // It stands where it wants to go on, whatever is there to be shown.
                #expect(first["seq"].int == start)
                #expect(try await live.numbers(1100 - start, from: socket) == Array(start + 1...1100))
                await socket.close()
            }
            try await growing.value
        }
    }

    @Test func `is made once for many who come back`() async throws {
        try await LiveHarness.run { live in
            live.feed.add(100, in: live.workspaceID)
            let (first, _) = try await live.open()
            for _ in 0..<10 {
                let (socket, _) = try await live.open("?resume_from=0")
                #expect(try await live.numbers(100, from: socket) == Array(1...100))
                await socket.close()
            }
            #expect(live.surface.shown == 100)
            await first.close()
        }
    }

    @Test func `tells who wants what is gone to read everything anew, and goes on`() async throws {
        try await LiveHarness.run { live in
            live.feed.add(50, in: live.workspaceID)
            live.feed.trim(live.workspaceID, through: 40)
            for (start, isThere) in [(0, false), (39, false), (40, true), (51, false)] {
                let (socket, _) = try await live.open("?resume_from=\(start)")
                if isThere {
                    #expect(try await live.numbers(10, from: socket) == Array(41...50))
                } else {
                    let resync = try await socket.next()
                    #expect(resync["type"] == "resync" && resync["seq"] == 50, "\(start): \(resync)")
                }
                await socket.close()
            }
            let (socket, _) = try await live.open("?resume_from=3")
            #expect(try await socket.next()["type"] == "resync")
            live.feed.add(2, in: live.workspaceID)
            #expect(try await live.numbers(2, from: socket) == [51, 52])
            // What is cut off in front of a watcher is a gap, and said to be one.
            live.feed.setAway(true)
            live.feed.add(20, in: live.workspaceID)
            live.feed.trim(live.workspaceID, through: 60)
            live.feed.setAway(false)
            #expect(try await socket.next("resync")["seq"] == 72)
            live.feed.add(1, in: live.workspaceID)
            #expect(try await live.numbers(1, from: socket) == [73])
            await socket.close()
        }
    }

    @Test func `leaves out what was deleted`() async throws {
        try await LiveHarness.run { live in
            live.surface.delete(2)
            live.feed.add(3, in: live.workspaceID)
            for _ in 0..<2 {
                let (socket, _) = try await live.open("?resume_from=0")
                #expect(try await live.numbers(2, from: socket) == [1, 3])
                await socket.close()
            }
        }
    }

    @Test func `closes a reader that is too slow, after telling it, and nobody else`() async throws {
        try await LiveHarness.run(limits: { limits in
            limits.bufferBytes = 65_536
        }) { live in
            live.surface.setPadding(4000)
            let (slow, _) = try await live.open(receiveBuffer: 4096)
            let (quick, _) = try await live.open()
            try await slow.stopReading()
            for _ in 0..<40 {
                live.feed.add(10, in: live.workspaceID)
                try await Task.sleep(for: .milliseconds(5))
            }
            #expect(try await live.numbers(400, from: quick) == Array(1...400))
            try await slow.goOnReading()
            #expect(await slow.closeCode(within: .seconds(5)) == 1013)
            let texts = slow.waiting
            #expect(texts.last?.contains(#""type":"resync""#) == true && texts.count < 400)
            let seen = texts.compactMap { try? JSON(bytes: Array($0.utf8)) }.filter { $0["type"] == "thing" }
            #expect(seen.compactMap { $0["seq"].int } == Array(1...max(1, seen.count)))
            await quick.close()
        }
    }

    @Test func `sends what was missed no faster than it is read`() async throws {
        try await LiveHarness.run(limits: { limits in
            limits.bufferBytes = 65_536
            limits.drainMS = 5000
        }) { live in
            live.surface.setPadding(4000)
            live.feed.add(1000, in: live.workspaceID)
            let (socket, _) = try await live.open("?resume_from=0", receiveBuffer: 4096)
            try await socket.stopReading()
            try await Task.sleep(for: .milliseconds(500))
            try await socket.goOnReading()
            #expect(try await live.numbers(1000, from: socket) == Array(1...1000))
            await socket.close()
        }
    }

    @Test func `shows figures when they change, at most so often, worked out once for all`() async throws {
        try await LiveHarness.run { live in
            var sockets: [WebSocketClient] = []
            for _ in 0..<5 { sockets.append(try await live.open().0) }
            let looks = live.surface.looks
            for count in 1...20 {
                live.surface.setActive(count)
                live.feed.add(1, in: live.workspaceID)
                try await Task.sleep(for: .milliseconds(20))
            }
            try await Task.sleep(for: .milliseconds(400))
            #expect(live.surface.looks - looks <= 12)
            for socket in sockets {
                let frames = socket.waiting.compactMap { try? JSON(bytes: Array($0.utf8)) }
                let figures = frames.filter { $0["type"] == "metrics" }
                #expect((2...9).contains(figures.count) && figures.last?["data"]["active"] == 20)
                await socket.close()
            }
        }
    }
}
