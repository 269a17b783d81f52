import Bus
import Contracts
import Foundation
import GatewayHTTP
import TestSupport

/// A gateway with live connections that listens while a test runs.
struct LiveHarness: Sendable {
    let feed: FakeFeed
    /// What shows the entries.
    let surface: FakeSurface
    let bus: InMemoryBus
    let revocations: RevocationList
    let hub: LiveHub
    let port: Int
    let claims: AccessClaims

    var workspaceID: WorkspaceID { WorkspaceID(claims.workspaceID)! }

    static func run(
        limits change: (inout LiveLimits) -> Void = { _ in }, rates: RateLimits = .off,
        claims: AccessClaims = Harness.claims(), routes: [Route] = [.echo(.get, "x")],
        certificates: ServerCertificates? = nil,
        _ test: @escaping @Sendable (LiveHarness) async throws -> Void
    ) async throws {
        var limits = LiveLimits()
        limits.pollMS = 50
        limits.checkMS = 20
        limits.metricsMS = 100
        limits.metricsPollMS = 200
        change(&limits)
        let surface = FakeSurface()
        let (revocations, made) = (RevocationList(staleAfterMS: 600_000), Made())
        let harness = await Harness(routes, revocations: revocations) { parts in
            guard let bus = parts.bus as? InMemoryBus else { return }
            let feed = FakeFeed(on: bus)
            let tickets = LiveTickets(secret: Harness.secret, authentication: parts.authentication, bus: bus)
            let hub = LiveHub(
                paths: ["/ws", "/t/ws"], surface: surface, bus: bus, authentication: parts.authentication,
                tickets: tickets, limits: limits, logger: silent)
            parts.rates = rates
            parts.crossOrigin = CrossOrigin(["https://app.example.com"])
            parts.live = hub
            made.parts = (bus, feed, hub)
        }
        guard let (bus, feed, hub) = made.parts else { return }
        try await LiveServer.run(harness.gateway, certificates: certificates) { server in
            let live = LiveHarness(
                feed: feed, surface: surface, bus: bus, revocations: revocations, hub: hub, port: server.port,
                claims: claims)
            let work = Task { await hub.run() }
            defer { work.cancel() }
            try await test(live)
        }
    }

    private init(
        feed: FakeFeed, surface: FakeSurface, bus: InMemoryBus, revocations: RevocationList, hub: LiveHub, port: Int,
        claims: AccessClaims
    ) {
        (self.feed, self.bus, self.revocations, self.hub) = (feed, bus, revocations, hub)
        (self.port, self.claims) = (port, claims)
        self.surface = surface
    }

    private final class Made: @unchecked Sendable {
        var parts: (InMemoryBus, FakeFeed, LiveHub)?
    }

    func token() async throws -> String { try await Harness.token(claims) }

    /// A connection with a good credential, its first frame taken.
    func open(_ query: String = "", isSecure: Bool = false, receiveBuffer: Int? = nil) async throws -> (
        WebSocketClient, JSON
    ) {
        let socket = try await WebSocketClient.open(
            port: port, "/ws\(query)", headers: ["Authorization": "Bearer \(try await token())"], isSecure: isSecure,
            receiveBuffer: receiveBuffer)
        return (socket, try await socket.next())
    }

    /// The numbers of the next frames of the feed.
    func numbers(_ count: Int, from socket: WebSocketClient) async throws -> [Int] {
        var numbers: [Int] = []
        while numbers.count < count {
            let frame = try await socket.next("thing")
            if let number = frame["seq"].int, frame["data"]["number"].int == number { numbers.append(number) }
        }
        return numbers
    }
}
