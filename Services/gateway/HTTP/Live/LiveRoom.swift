import Bus
import Contracts
import Foundation
import Logging
import NIOCore

/// Those who watch one workspace, and how far its feed is shown to them.
actor LiveRoom {
    private static let pageSize = 256

    private let workspaceID: WorkspaceID
    private let parts: LiveHub.Parts
    private let asker: LiveAsker
    private let news = LiveNews()
    private let figures: LiveFigures
    private var members: [ObjectIdentifier: LiveSocket] = [:]
    /// The same by event loop: each is told once of a batch.
    private var byLoop: [ObjectIdentifier: [LiveSocket]] = [:]
    /// The number of the last entry that everybody here was shown; nil before the feed was asked.
    private var position: Int?
    private var recent: RecentFrames
    private var isReplaying = false
    private var replayWaiters: [CheckedContinuation<Void, Never>] = []

    init(_ workspaceID: WorkspaceID, _ parts: LiveHub.Parts) {
        self.workspaceID = workspaceID
        self.parts = parts
        asker = LiveAsker(bus: parts.bus, caller: .service("gateway", workspaceID: workspaceID.uuid))
        figures = LiveFigures(parts, asker)
        recent = RecentFrames(parts.limits)
    }

    // MARK: Life

    nonisolated func begin() {
        let feed = Task { await self.follow() }
        let figures = Task { await self.followFigures() }
        news.whenStopped {
            feed.cancel()
            figures.cancel()
        }
    }

    nonisolated func stop() {
        news.stop()
    }

    /// The feed goes as far as this.
    nonisolated func heard(of number: Int) {
        news.note(number)
    }

    private func follow() async {
        while !Task.isCancelled {
            await news.wake.wait(atMostMS: 60_000)
            var failures = 0
            while !Task.isCancelled {
                do {
                    guard try await catchUp() else { break }
                } catch {
                    failures += 1
                    if failures == 1 || failures % 240 == 0 {
                        parts.logger.info("a live feed waits", metadata: ["cause": "\(error)"])
                    }
                    try? await Task.sleep(for: .milliseconds(parts.limits.pollMS))
                }
            }
        }
    }

    /// Shows the next entries to everybody.
    /// - Returns: whether there may be more.
    private func catchUp() async throws -> Bool {
        let start = try await established()
        guard news.latest > start else { return false }
        let page = try await ask(ReadFeed(after: start, limit: Self.pageSize))
        guard page.continues(start) else {
            // The feed was cut shorter, or set back, while nobody could read it.
            position = page.head
            news.set(page.head)
            recent = RecentFrames(parts.limits)
            tellAll([NumberedFrame(number: 0, bytes: LiveFrame.resync("missed").encoded(number: page.head))])
            for socket in members.values { socket.start(at: page.head) }
            return true
        }
        guard let last = page.entries.last?.number else {
            news.set(page.head)
            return false
        }
        let frames = try await shown(page)
        await parts.reached(Gateway.framesUntold)
        position = last
        recent.append(frames, from: start + 1, through: last)
        tellAll(frames)
        figures.haveMoved()
        return true
    }

    private func established() async throws -> Int {
        if let position { return position }
        let head = try await ask(ReadFeed(after: 0, limit: 0)).head
        if let position { return position }
        position = head
        news.note(head)
        recent = RecentFrames(parts.limits, after: head)
        return head
    }

    private func ask(_ request: ReadFeed) async throws -> FeedPage {
        try await parts.bus.ask(request, as: asker.caller, within: 5000)
    }

    /// Each entry's frame, made once.
    private func shown(_ page: FeedPage) async throws -> [NumberedFrame] {
        let frames = try await parts.surface.frames(of: page, in: workspaceID, asking: asker)
        return zip(page.entries, frames).compactMap { entry, frame in
            frame.map { NumberedFrame(number: entry.number, bytes: $0.encoded(number: entry.number)) }
        }
    }

    private func tellAll(_ frames: [NumberedFrame]) {
        guard !frames.isEmpty else { return }
        for sockets in byLoop.values {
            sockets[0].eventLoop.execute { for socket in sockets { socket.deliver(frames) } }
        }
    }

    // MARK: Coming and going

    /// Shows the figures, then what was missed, and from there on everything.
    /// - Parameter number: the last that the client has seen; nil when it wants to begin now.
    /// - Throws: a `Fault` while the feed cannot be read; the connection is not a member then.
    func join(_ socket: LiveSocket, after number: Int?) async throws {
        _ = try await established()
        let snapshot = try? await figures.snapshot()
        // No await from here to the membership where nothing is missed. What is behind was not shown yet: whoever goes on
        // from the number of the last frame that came must not go on behind it.
        if let snapshot { socket.post(snapshot, number: number ?? position ?? 0) }
        guard let number else { return admit(socket, after: position ?? 0) }
        if try await !replay(after: number, to: socket) {
            socket.post(.resync("missed"), number: position ?? 0)
            admit(socket, after: position ?? 0)
        }
    }

    func leave(_ socket: LiveSocket) {
        guard members.removeValue(forKey: ObjectIdentifier(socket)) != nil else { return }
        let loop = ObjectIdentifier(socket.eventLoop)
        byLoop[loop]?.removeAll { $0 === socket }
        if byLoop[loop]?.isEmpty == true { byLoop[loop] = nil }
    }

    private func admit(_ socket: LiveSocket, after number: Int) {
        socket.start(at: number)
        members[ObjectIdentifier(socket)] = socket
        byLoop[ObjectIdentifier(socket.eventLoop), default: []].append(socket)
    }

    /// Sends what came after a number until there is no more, and makes the connection a member.
    /// - Returns: false when it cannot be sent any more; then it is no member.
    private func replay(after number: Int, to socket: LiveSocket) async throws -> Bool {
        var sent = number
        if sent > position ?? 0 {
            // Another gateway was further than this one is.
            guard try await ask(ReadFeed(after: sent, limit: 0)).head >= sent else { return false }
        }
        socket.start(at: sent)
        while sent < position ?? 0 {
            let frames: [NumberedFrame]
            if let kept = recent.frames(after: sent) {
                (frames, sent) = (kept, recent.last)
            } else {
                guard let (read, last) = try await readAgain(after: sent) else { return false }
                (frames, sent) = (read, last)
            }
            guard await socket.send(frames) else { return true }
        }
        admit(socket, after: sent)
        return true
    }

    /// One page of what is behind; one at a time, since those who wait for it mostly want the same.
    /// - Returns: nil when it is gone.
    private func readAgain(after number: Int) async throws -> (frames: [NumberedFrame], last: Int)? {
        while isReplaying { await withCheckedContinuation { replayWaiters.append($0) } }
        if let kept = recent.frames(after: number) { return (kept, recent.last) }
        isReplaying = true
        defer {
            isReplaying = false
            let waiters = replayWaiters
            replayWaiters = []
            for waiter in waiters { waiter.resume() }
        }
        let page = try await ask(ReadFeed(after: number, limit: Self.pageSize))
        guard page.continues(number), let last = page.entries.last?.number else { return nil }
        let frames = try await shown(page)
        recent.prepend(frames, from: number + 1, through: last)
        return (frames, last)
    }

    // MARK: Figures

    private func followFigures() async {
        while !Task.isCancelled {
            if let frame = await figures.next() {
                tellAll([NumberedFrame(number: 0, bytes: frame.encoded(number: position ?? 0))])
            }
        }
    }
}

extension FeedPage {
    /// Whether nothing lies between this number and what is here.
    fileprivate func continues(_ number: Int) -> Bool {
        guard number <= head else { return false }
        guard !entries.isEmpty else { return number == head || oldest <= number + 1 }
        return zip(entries, entries.indices).allSatisfy { $0.number == number + 1 + $1 }
    }
}
