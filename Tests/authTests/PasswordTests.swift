import Bus
import Contracts
import Foundation
import Testing

@testable import auth

struct PasswordTests {
    private let threads: HashingThreads

    init() throws {
        threads = try HashingThreads(cost: 4)
    }

    @Test func `a password fits its own hash and no other's`() async throws {
        let hash = try await threads.hash("correct horse")
        #expect(hash.scheme == .bcrypt && hash.cost == 4)
        #expect(try await threads.check("correct horse", against: hash) == .right(isOutdated: false))
        #expect(try await threads.check("correct horsf", against: hash) == .wrong)
        #expect(try await threads.check("", against: hash) == .wrong)
        #expect(try await threads.hash("correct horse") != hash)
    }

    @Test func `every byte of a long password counts`() async throws {
        let shared = String(repeating: "x", count: 72)
        let hash = try await threads.hash(shared + "1")
        #expect(hash.scheme == .bcryptSHA256)
        #expect(try await threads.check(shared + "1", against: hash) == .right(isOutdated: false))
        #expect(try await threads.check(shared + "2", against: hash) == .wrong)
        #expect(try await threads.check(shared, against: hash) == .wrong)
        let short = try await threads.hash(shared)
        #expect(short.scheme == .bcrypt)
        #expect(try await threads.check(shared, against: short) == .right(isOutdated: false))
        #expect(try await threads.check(shared + "1", against: short) == .wrong)
    }

    @Test func `a NUL in a password ends nothing`() async throws {
        let hash = try await threads.hash("secret\u{0}one")
        #expect(hash.scheme == .bcryptSHA256)
        #expect(try await threads.check("secret\u{0}one", against: hash) == .right(isOutdated: false))
        #expect(try await threads.check("secret\u{0}two", against: hash) == .wrong)
        #expect(try await threads.check("secret\u{0}one", against: try await threads.hash("secret")) == .wrong)
    }

    @Test func `a hash of less work is outdated, one of more is not`() async throws {
        let stronger = try HashingThreads(cost: 5)
        let hash = try await threads.hash("password123")
        #expect(try await stronger.check("password123", against: hash) == .right(isOutdated: true))
        let strong = try await stronger.hash("password123")
        #expect(try await threads.check("password123", against: strong) == .right(isOutdated: false))
    }

    @Test(arguments: 4...6) func `the dummy hash is one that bcrypt works on`(_ cost: Int) throws {
        let dummy = Bcrypt.dummy(cost: cost)
        #expect(dummy.utf8.count == 60)
        #expect(Bcrypt.cost(of: dummy) == cost)
        // Only a well-formed setting is worked on; the result would be nil and quick otherwise.
        let start = ContinuousClock.now
        for _ in 0..<20 { #expect(!Bcrypt.matches([], dummy)) }
        #expect(ContinuousClock.now - start > .milliseconds(3))
    }

    @Test func `hashes of other programs are understood`() async throws {
        let known = PasswordHash(text: "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW", scheme: .bcrypt)
        #expect(try await threads.check("U*U", against: known) == .right(isOutdated: false))
        #expect(try await threads.check("U*V", against: known) == .wrong)
    }

    @Test func `no hash is a wrong password`() async throws {
        #expect(try await threads.check("password123", against: nil) == .wrong)
    }

    @Test func `more than the queue holds is refused at once`() async throws {
        let narrow = try HashingThreads(cost: 8, threads: 1, mostWaiting: 2)
        let outcomes = await withTaskGroup(of: FaultCode?.self) { group in
            for _ in 0..<12 {
                group.addTask { await faultCode { _ = try await narrow.hash("password123") } }
            }
            return await group.reduce(into: [FaultCode?]()) { $0.append($1) }
        }
        #expect(outcomes.contains(.overloaded))
        #expect(narrow.load.refused == outcomes.filter { $0 != nil }.count && narrow.load.waiting == 0)
        #expect(outcomes.filter { $0 == nil }.count >= 2)
        #expect(outcomes.allSatisfy { $0 == nil || $0 == .overloaded })
    }

    @Test func `work that nobody waits for any more is not begun`() async throws {
        let context = RequestContext(requestID: "test-request", deadline: .after(milliseconds: 0))
        let code = await RequestContext.$current.withValue(context) {
            await faultCode { _ = try await threads.hash("password123") }
        }
        #expect(code == .overloaded)
    }

    @Test func `a password has from six to 1024 characters`() throws {
        let rules = PasswordRules()
        #expect(throws: Fault(.passwordInvalid, "Password must be at least 6 characters", field: "password")) {
            try rules.check("12345")
        }
        #expect(throws: Fault(.passwordInvalid, "Password must be at least 9 characters", field: "password")) {
            try PasswordRules(shortest: 9).check("12345678")
        }
        try rules.check("123456")
        try rules.check("\u{1f600}\u{1f600}\u{1f600}\u{1f600}\u{1f600}\u{1f600}")
        try rules.check(String(repeating: "p", count: 1024))
        #expect(throws: Fault.self) { try rules.check(String(repeating: "p", count: 1025)) }
    }
}
