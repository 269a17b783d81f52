import Bus
import Contracts
import Foundation
import Postgres

/// Hashes passwords on a few threads of its own that give way to others, so that a flood of sign-ins slows nothing else.
final class HashingThreads: PasswordHashing {
    private let cost: Int
    private let queue: HashingQueue

    /// - Parameters:
    ///   - cost: of new hashes, 4…16.
    ///   - threads: as many as there are processors, at most 2, unless given.
    ///   - mostWaiting: how many may wait for a thread; the next one is refused.
    init(cost: Int, threads: Int? = nil, mostWaiting: Int = 64) throws {
        self.cost = cost
        let queue = HashingQueue(mostWaiting: mostWaiting)
        self.queue = queue
        for number in 1...(threads ?? min(2, max(1, ProcessInfo.processInfo.activeProcessorCount))) {
            try DedicatedThread.start(name: "hashing-\(number)") {
                Self.giveWay()
                queue.work()
            }
        }
    }

    /// How many wait for a thread now, and how many were turned away since the start.
    var load: (waiting: Int, refused: Int) { queue.load }

    deinit {
        queue.stop()
    }

    func hash(_ password: String) async throws -> PasswordHash {
        let cost = cost
        return try await run {
            let scheme = PasswordHash.Scheme.fitting(password)
            guard let bytes = scheme.bytes(of: password) else { throw Bcrypt.Failure() }
            return PasswordHash(text: try Bcrypt.hash(bytes, cost: cost), scheme: scheme)
        }
    }

    func check(_ password: String, against hash: PasswordHash?) async throws -> PasswordVerdict {
        let cost = cost
        return try await run {
            let isRight = Self.isRight(password, hash, dummyCost: cost)
            guard isRight, let hash else {
                Self.spendRest(after: hash?.cost ?? cost, upTo: cost)
                return .wrong
            }
            return .right(isOutdated: (hash.cost ?? 0) < cost)
        }
    }

    private static func isRight(_ password: String, _ hash: PasswordHash?, dummyCost: Int) -> Bool {
        guard let hash, let bytes = hash.scheme.bytes(of: password) else {
            _ = Bcrypt.matches([], hash?.text ?? Bcrypt.dummy(cost: dummyCost))
            return false
        }
        return Bcrypt.matches(bytes, hash.text)
    }

    /// A wrong password for a cheap old hash takes as long as for a new one: 2^a + 2^a + 2^(a+1) + … = 2^b.
    private static func spendRest(after cost: Int, upTo full: Int) {
        var cost = cost
        while cost < full {
            _ = Bcrypt.matches([], Bcrypt.dummy(cost: cost))
            cost += 1
        }
    }

    private func run<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
        let deadline = RequestContext.current?.deadline
        return try await withCheckedThrowingContinuation { continuation in
            let job = HashingQueue.Job(
                deadline: deadline, run: { continuation.resume(with: Result(catching: body)) },
                refuse: { continuation.resume(throwing: Fault(.overloaded, retryAfterMS: 1000)) })
            if !queue.add(job) { continuation.resume(throwing: Fault(.overloaded, retryAfterMS: 1000)) }
        }
    }

    /// Linux has a niceness per thread.
    private static func giveWay() {
        #if os(Linux)
            setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, 5)
        #endif
    }
}
