import Bus
import Contracts
import Hummingbird

/// Whether the stack behind the gateway works, asked over the bus.
package struct StackReadiness: Sendable {
    /// What one dependency says: `ok` or a reason.
    package struct Report: Sendable, Equatable {
        package var database: String
        package var storage: String
        package var cache: String

        package var isReady: Bool { database == "ok" && storage == "ok" && cache == "ok" }
    }

    private let bus: any Asking
    private let revocations: RevocationList
    private let storage: @Sendable () async -> String

    /// - Parameter storage: `ok`, or why recordings and documents cannot be kept.
    package init(
        bus: any Asking, revocations: RevocationList, storage: @escaping @Sendable () async -> String = { "ok" }
    ) {
        self.bus = bus
        self.revocations = revocations
        self.storage = storage
    }

    package func report() async -> Report {
        async let database = database()
        async let storage = storage()
        return Report(database: await database, storage: await storage, cache: cache)
    }

    /// The gateway's own copy of what is revoked.
    package var cache: String {
        guard let age = revocations.ageMS else { return "the list of revoked credentials was not read yet" }
        return revocations.isFollowed ? "ok" : "the list of revoked credentials is \(age / 1000) s old"
    }

    /// Whether every service is there and has its database.
    package func database() async -> String {
        async let auth = ping(AuthEvents.self)
        async let agents = ping(AgentsEvents.self)
        async let calls = ping(CallsEvents.self)
        async let analytics = ping(AnalyticsEvents.self)
        let missing = [await auth, await agents, await calls, await analytics].compactMap { $0 }
        return missing.isEmpty ? "ok" : "no answer from " + missing.joined(separator: ", ")
    }

    private func ping<Owner: EventOwner>(_ owner: Owner.Type) async -> String? {
        do {
            _ = try await bus.ask(Ping<Owner>(), as: .service("gateway"), within: 700)
            return nil
        } catch {
            return Owner.name
        }
    }
}

/// Probes and the name of what runs here.
package struct HealthRoutes: Sendable {
    private let version: String
    private let readiness: StackReadiness

    package init(version: String, readiness: StackReadiness) {
        self.version = version
        self.readiness = readiness
    }

    /// `health`.
    package var health: Route {
        let body = HealthBody(version: version)
        return Route.get("health", needs: .nothing, "That the gateway answers, and which version") { _ in body }
            .counted(.unlimited)
    }

    /// `health`, `readiness` and `liveness`.
    package var all: [Route] {
        var ready = Route(
            .get, "readiness", needs: .nothing, status: .ok,
            summary: "Whether all that is needed works; 503 unless it does",
            answer: .json(ReadinessBody.schema)
        ) { _ in
            let report = await readiness.report()
            var answer = Answer(report.isReady ? .ok : .serviceUnavailable, ReadinessBody(report: report))
            if !report.isReady { answer.headers[.retryAfter] = "1" }
            return answer
        }
        ready.rate = .unlimited
        ready.otherStatuses = [503]
        let live = Route.get("liveness", needs: .nothing, "That the process runs") { _ in LivenessBody() }
        return [health, ready, live.counted(.unlimited)]
    }
}

struct HealthBody: JSONShown {
    static let schema = Schema.object([
        .always("status", .text(among: ["ok"])), .always("service", .text(example: "switchboard")),
        .always("version", .text(example: "1.0.0")), .always("timestamp", .timestamp),
    ])

    let version: String

    func write(to json: inout JSONWriter) {
        json.field("status", "ok")
        json.field("service", "switchboard")
        json.field("version", version)
        json.field("timestamp", Timestamp.now())
    }
}

struct ReadinessBody: JSONShown {
    static let schema = Schema.named(
        "Readiness",
        .object([
            .always("database", .text(example: "ok")), .always("storage", .text(example: "ok")),
            .always("cache", .text(example: "ok")),
        ]))

    let report: StackReadiness.Report

    func write(to json: inout JSONWriter) {
        json.field("database", report.database)
        json.field("storage", report.storage)
        json.field("cache", report.cache)
    }
}

struct LivenessBody: JSONShown {
    static let schema = Schema.object([.always("status", .text(among: ["alive"]))])

    func write(to json: inout JSONWriter) {
        json.field("status", "alive")
    }
}
