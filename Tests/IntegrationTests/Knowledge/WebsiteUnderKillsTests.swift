import Blobs
import Bus
import Contracts
import Foundation
import Postgres
import ServiceRuntime
import TestSupport
import Testing

@testable import agents

@Suite struct `A website whose reader is killed` {
    private static let places = ["/", "/a", "/b", "/c"]

    private static func site() throws -> Site {
        try Site { target, _ in
            guard let place = places.firstIndex(of: target) else { return Site.page("none", status: 404) }
            let next = place + 1 < places.count ? "<a href=\"\(places[place + 1])\">on</a>" : ""
            let all = place == 0 ? places.map { "<a href=\"\($0)\">x</a>" }.joined() : ""
            return Site.page("<p>This is page \(place).</p>\(next)\(all)")
        }
    }

    /// What a process of its own does until it is killed.
    private static func read(_ jobsURL: String) async throws {
        let jobs = try Database(configuration: DatabaseConfiguration(url: jobsURL), logger: silentLogger)
        let extraction = TextExtraction()
        let reader = DocumentReader(
            jobs: PostgresDocumentJobs(jobs: jobs), store: DiskBlobStore(folder: "/nowhere"), scanner: nil,
            extraction: extraction, websites: WebsiteReading(fetcher: Site.fetcher(), extraction: extraction),
            wakes: [WakeUp()], logger: silentLogger)
        _ = try await reader.readNext()
    }

    @Test(arguments: [
        "agents.document-taken:kill", "agents.page-read:kill@1", "agents.page-read:kill@3",
        "agents.passages-written:kill",
    ])
    func `is read anew from its first page, and found once`(plan: String) async throws {
        try await KnowledgeBench.with { bench in
            let agent = try await bench.addAgent()
            let site = try Self.site()
            defer { site.peer.stop() }
            let added = try await bench.handler.handle(
                AddDocuments(agentID: agent, documents: [], websites: ["\(site.origin)/"]), from: bench.caller())
            let id = try #require(added.value.documents.first).id
            let url = bench.jobs.jobs.configuration.url
            await #expect(processExitsWith: .signal(SIGKILL)) { [url = url as String, plan] in
                try Failpoint.arm(plan)
                try await Self.read(url)
            }
            let left = try await bench.find(id)
            #expect(left.status == .processing && left.progressPercent < 100)
            #expect(try await bench.count("agents.passages") == 0)
            // Nobody takes it before the time of the dead one is over; then the next one does.
            let reader = bench.reader(fetcher: site.fetcher)
            #expect(try await !reader.readNext())
            try await bench.owner.query("UPDATE agents.documents SET lease_until = '-infinity'")
            #expect(try await reader.readNext())
            #expect(try await !reader.readNext())
            let ready = try await bench.find(id)
            #expect(ready.status == .ready && ready.passages == Self.places.count)
            let rows = try await bench.owner.query("SELECT source_url, body FROM agents.passages ORDER BY number")
            let found = try rows.map { try $0.decode((String, String).self) }
            #expect(found.map(\.0) == Self.places.map { "\(site.origin)\($0)" })
            #expect(found.enumerated().allSatisfy { place, row in row.1.contains("This is page \(place).") })
            #expect(try await bench.count("agents.documents WHERE tries = 2 AND status = 'ready'") == 1)
            #expect(try await bench.count("agents.documents") == 1)
        }
    }
}
