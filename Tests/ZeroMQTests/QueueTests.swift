import Bus
import Testing

@testable import ZeroMQ

@Suite struct QueueTests {
    @Test func `a heap gives deadlines in order`() {
        var heap = DeadlineHeap()
        let deadlines = (0..<2000).map { UInt64($0 * 7919 % 2003) }
        for (id, nanoseconds) in deadlines.enumerated() {
            heap.insert(UInt64(id), at: Deadline(nanoseconds: nanoseconds))
        }
        heap.compact { $0.id % 2 == 0 }
        #expect(heap.count == 1000)
        var taken: [UInt64] = []
        while let item = heap.removeFirst() {
            #expect(item.id % 2 == 0 && deadlines[Int(item.id)] == item.deadline.nanoseconds)
            taken.append(item.deadline.nanoseconds)
        }
        #expect(taken == taken.sorted() && taken.count == 1000)
        #expect(heap.first == nil)
    }

    @Test func `a queue gives back in the order of arrival and forgets what it gave`() {
        var queue = Fifo<Int>()
        var next = 0
        for number in 0..<10_000 {
            queue.append(number)
            if number % 3 != 0 {
                #expect(queue.first == next)
                #expect(queue.popFirst() == next)
                next += 1
            }
        }
        #expect(queue.count == 10_000 - next)
        while let number = queue.popFirst() {
            #expect(number == next)
            next += 1
        }
        #expect(next == 10_000 && queue.isEmpty && queue.first == nil)
    }

    @Test func `answers that wait for a peer keep their order and are bounded`() throws {
        let peers = try [1, 2].map { number in try #require(withUnsafeBytes(of: UInt8(number)) { PeerAddress($0) }) }
        var backlog = Backlog(limit: 3, waitMS: 60_000)
        for number in 0..<5 {
            #expect(backlog.append(OutgoingFrame(peer: peers[0], frame: [UInt8(number)])) == (number < 3))
        }
        #expect(backlog.append(OutgoingFrame(peer: peers[1], frame: [9])) == true)
        #expect(backlog.holds(peers[0]))
        var sent: [[UInt8]] = []
        let lost = backlog.retry { peer, frame in
            if peer == peers[1] { return .noPeer }
            if sent.count == 2 { return .full }
            sent.append(frame)
            return .sent
        }
        #expect(lost == 1 && sent == [[0], [1]])
        #expect(backlog.holds(peers[0]) && !backlog.holds(peers[1]))
        let lostLater = backlog.retry { _, _ in .sent }
        #expect(lostLater == 0)
        #expect(backlog.isEmpty)
    }

    @Test func `answers that nobody took in time are given up`() throws {
        let peer = try #require(withUnsafeBytes(of: UInt8(1)) { PeerAddress($0) })
        var backlog = Backlog(limit: 3, waitMS: 0)
        #expect(backlog.append(OutgoingFrame(peer: peer, frame: [1])) == true)
        let lost = backlog.retry { _, _ in .sent }
        #expect(lost == 1)
        #expect(backlog.isEmpty)
    }

    @Test func `a peer's address comes back byte by byte`() {
        for count in 1...8 {
            let bytes = (0..<count).map { UInt8($0 * 31 & 255) }
            let address = bytes.withUnsafeBytes { PeerAddress($0) }
            #expect(address?.withBytes { Array($0) } == bytes)
        }
        #expect([UInt8]().withUnsafeBytes { PeerAddress($0) } == nil)
        #expect([UInt8](repeating: 1, count: 9).withUnsafeBytes { PeerAddress($0) } == nil)
    }
}
