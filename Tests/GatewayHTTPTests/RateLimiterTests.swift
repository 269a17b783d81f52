import Bus
import Foundation
import GatewayHTTP
import Testing

@Suite struct RateLimiterTests {
    private static let second: UInt64 = 1_000_000_000

    func limits(_ general: Int) -> RateLimits {
        var limits = RateLimits()
        limits.general = general
        limits.uploadBytes = 1000
        return limits
    }

    @Test func `a bucket lets its limit through, then refuses and says for how long`() {
        let limiter = RateLimiter(limits(60))
        let key = RateLimiter.Key.person(UUID())
        let now = monotonicNanoseconds()
        for left in (0..<60).reversed() {
            let standing = limiter.admit(key, at: now)
            #expect(standing.limit == 60 && standing.remaining == left && standing.retryAfterMS == nil)
        }
        let refused = limiter.admit(key, at: now)
        #expect(refused.retryAfterMS == 1000)
        #expect(refused.remaining == 0)
        #expect(abs(Double(refused.reset) - Date().timeIntervalSince1970 - 60) < 3)
        #expect(limiter.admit(key, at: now + Self.second).retryAfterMS == nil)
        #expect(limiter.admit(key, at: now + Self.second).retryAfterMS != nil)
        #expect(limiter.admit(.person(UUID()), at: now).retryAfterMS == nil)
    }

    @Test func `zero switches a limit off`() {
        let limiter = RateLimiter(.off)
        #expect(limiter.admit(.person(UUID())) == .unlimited)
        #expect(RateLimiter.Standing.unlimited.limit == 0)
    }

    @Test func `an upload is let in while anything is left, and debited in full`() {
        let limiter = RateLimiter(limits(60))
        let key = RateLimiter.Key.personUploads(UUID())
        let now = monotonicNanoseconds()
        #expect(limiter.admitUpload(key, bytes: 5000, at: now).retryAfterMS == nil)
        #expect(limiter.admitUpload(key, bytes: 1, at: now).retryAfterMS != nil)
        #expect(limiter.admitUpload(key, bytes: 1, at: now + 200 * Self.second).retryAfterMS != nil)
        #expect(limiter.admitUpload(key, bytes: 1, at: now + 250 * Self.second).retryAfterMS == nil)
    }

    @Test func `debts outlive the turn of the generations`() {
        let limiter = RateLimiter(limits(60))
        let key = RateLimiter.Key.personUploads(UUID())
        let now = monotonicNanoseconds()
        _ = limiter.admitUpload(key, bytes: 1_000_000, at: now)
        for minute in 1...5 {
            #expect(limiter.admitUpload(key, bytes: 1, at: now + UInt64(minute) * 61 * Self.second).retryAfterMS != nil)
        }
    }

    @Test func `memory stays bounded under many keys`() {
        let limiter = RateLimiter(limits(60))
        for _ in 0..<400_000 { _ = limiter.admit(.person(UUID())) }
        #expect(limiter.bucketCount <= 16 * 2 * 8192)
    }

    @Test func `requests at the same time never get more than the limit`() async {
        let limiter = RateLimiter(limits(100))
        let key = RateLimiter.Key.person(UUID())
        let now = monotonicNanoseconds()
        let admitted = await withTaskGroup(of: Int.self) { group in
            for _ in 0..<8 {
                group.addTask { (0..<100).count { _ in limiter.admit(key, at: now).retryAfterMS == nil } }
            }
            return await group.reduce(0, +)
        }
        #expect(admitted == 100)
    }
}

@Suite struct NetworkAddressTests {
    @Test(arguments: ["127.0.0.1", "10.1.2.3", "::1", "2001:db8::5", "255.255.255.255"])
    func `an address reads as it was written`(text: String) throws {
        #expect(try #require(NetworkAddress(text)).description == text)
    }

    @Test(arguments: ["", "localhost", "1.2.3", "1.2.3.4.5", "1.2.3.4:80", "[::1]", "::1%lo", "1.2.3.256"])
    func `what is no address is refused`(text: String) {
        #expect(NetworkAddress(text) == nil)
    }

    @Test func `an IPv4 address in IPv6 clothes is the same address`() {
        #expect(NetworkAddress("::ffff:10.0.0.1") == NetworkAddress("10.0.0.1"))
    }

    @Test func `an IPv6 network is one client`() throws {
        let first = try #require(NetworkAddress("2001:db8:1:2::5"))
        let second = try #require(NetworkAddress("2001:db8:1:2:ffff::9"))
        let other = try #require(NetworkAddress("2001:db8:1:3::5"))
        #expect(first.counted == second.counted)
        #expect(first.counted != other.counted)
    }

    @Test func `networks contain what they should`() throws {
        let ten = try #require(NetworkAddress.Network("10.0.0.0/8"))
        #expect(ten.contains(try #require(NetworkAddress("10.255.1.2"))))
        #expect(!ten.contains(try #require(NetworkAddress("11.0.0.1"))))
        let all = try #require(NetworkAddress.Network("0.0.0.0/0"))
        #expect(all.contains(try #require(NetworkAddress("8.8.8.8"))))
        #expect(!all.contains(try #require(NetworkAddress("2001:db8::1"))))
        for text in ["10.0.0.0/33", "10.0.0.0/-1", "::/129", "x/8", "10.0.0.0/8/8", ""] {
            #expect(NetworkAddress.Network(text) == nil)
        }
    }

    @Test func `only a trusted proxy's word about the client counts`() throws {
        let proxies = TrustedProxies([try #require(.init("10.0.0.0/8")), try #require(.init("192.168.1.1"))])
        let proxy = try #require(NetworkAddress("10.0.0.1"))
        let client = try #require(NetworkAddress("203.0.113.9"))
        let stranger = try #require(NetworkAddress("198.51.100.7"))
        #expect(proxies.client(peer: stranger, forwardedFor: "203.0.113.9") == stranger)
        #expect(proxies.client(peer: proxy, forwardedFor: "203.0.113.9") == client)
        #expect(proxies.client(peer: proxy, forwardedFor: "1.1.1.1, 203.0.113.9, 192.168.1.1") == client)
        #expect(proxies.client(peer: proxy, forwardedFor: "203.0.113.9:4711") == client)
        #expect(proxies.client(peer: proxy, forwardedFor: nil) == proxy)
        #expect(proxies.client(peer: proxy, forwardedFor: "nonsense") == proxy)
        #expect(TrustedProxies().client(peer: proxy, forwardedFor: "203.0.113.9") == proxy)
    }
}
