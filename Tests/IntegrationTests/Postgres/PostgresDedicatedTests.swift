import Foundation
import Postgres
import TestSupport
import Testing

/// A writer's connection on a database with a table `t`, and another connection that can strike it.
private final class Scene: @unchecked Sendable {
    let writer: DedicatedConnection
    let other: DedicatedConnection

    init(url: String) throws {
        var configuration = DatabaseConfiguration(url: url, applicationName: "writer")
        configuration.statementTimeout = .seconds(1)
        configuration.cancelGrace = .milliseconds(300)
        writer = try DedicatedConnection(configuration: configuration, logger: silentLogger)
        other = try DedicatedConnection(configuration: DatabaseConfiguration(url: url), logger: silentLogger)
        try other.run(script: "CREATE TABLE t (id bigint PRIMARY KEY)")
    }

    private let isWriter = "application_name = 'writer' AND datname = current_database()"

    func writerProcess() -> Int32 {
        (try? other.query("SELECT pid FROM pg_stat_activity WHERE \(unsafe: isWriter)")[0][0]) ?? 0
    }

    func terminateWriter() {
        _ = try? other.query(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE \(unsafe: isWriter)")
    }

    func write(_ id: Int, _ stages: CommitStages = CommitStages()) -> DatabaseError? {
        do throws(DatabaseError) {
            try writer.pipeline(["INSERT INTO t VALUES (\(id))"], stages: stages)
            return nil
        } catch {
            return error
        }
    }

    func writeInTransaction(_ id: Int, _ stages: CommitStages = CommitStages()) -> DatabaseError? {
        do {
            try writer.transaction(stages: stages) { try $0.query("INSERT INTO t VALUES (\(id))") }
            return nil
        } catch {
            return error as? DatabaseError
        }
    }

    func stored() -> [Int] {
        let rows = try? other.query("SELECT id FROM t ORDER BY id").map { try $0.decode(Int.self, at: 0) }
        return rows ?? []
    }
}

@Suite struct `A connection of one's own` {
    private func withScene(_ body: @escaping @Sendable (Scene) throws -> Void) async throws {
        let cluster = try await TemporaryPostgres.shared()
        let url = cluster.url(database: try await cluster.createDatabase())
        try await TemporaryPostgres.onThread { try body(Scene(url: url)) }
    }

    @Test func `lost before the commit has written nothing`() async throws {
        try await withScene { scene in
            let strike = CommitStages(beforeCommit: { scene.terminateWriter() })
            #expect(scene.write(1, strike)?.kind == .unavailable)
            #expect(scene.write(2) == nil)
            #expect(scene.writeInTransaction(3, strike)?.kind == .unavailable)
            #expect(scene.writeInTransaction(4) == nil)
            #expect(scene.stored() == [2, 4])
        }
    }

    @Test func `lost after the commit was sent never says what it cannot know`() async throws {
        try await withScene { scene in
            var outcomes: [Int: DatabaseError?] = [:]
            // By its delay, the strike falls before, into or after the commit, and before or after its answer.
            for id in 0..<60 {
                let strike = CommitStages(commitSent: {
                    usleep(UInt32(id / 2) * 100)
                    scene.terminateWriter()
                })
                let outcome = id.isMultiple(of: 2) ? scene.write(id, strike) : scene.writeInTransaction(id, strike)
                outcomes.updateValue(outcome, forKey: id)
            }
            #expect(scene.write(1_000) == nil)
            let stored = Set(scene.stored())
            for (id, error) in outcomes {
                switch error?.kind {
                case nil: #expect(stored.contains(id))
                case .unavailable: #expect(!stored.contains(id))
                case .commitUnknown: break
                default: Issue.record("\(id): \(String(describing: error))")
                }
            }
        }
    }

    @Test func `whose server stops before the commit does not know after its deadline`() async throws {
        try await withScene { scene in
            #expect(scene.write(0) == nil)
            let process = scene.writerProcess()
            let first = scene.write(1, CommitStages(beforeCommit: { kill(process, SIGSTOP) }))
            kill(process, SIGCONT)
            #expect(first?.kind == .commitUnknown)
            #expect(scene.write(2) == nil)
            usleep(200_000)
            let stored = scene.stored()
            #expect(stored.filter { $0 != 1 } == [0, 2])
        }
    }

    @Test func `fails fast while the server is away and comes back by itself`() async throws {
        let cluster = try await TemporaryPostgres.start()
        defer { cluster.stop() }
        let scene = try await TemporaryPostgres.onThread { [url = cluster.url()] in try Scene(url: url) }
        try await TemporaryPostgres.onThread { #expect(scene.write(1) == nil) }
        try await cluster.killHard()
        try await TemporaryPostgres.onThread {
            let clock = ContinuousClock()
            let start = clock.now
            for _ in 0..<1_000 { #expect(scene.write(2)?.kind == .unavailable) }
            #expect(clock.now - start < .seconds(5))
        }
        try await cluster.restart()
        try await TemporaryPostgres.onThread {
            for _ in 0..<100 {
                if scene.write(2) == nil { break }
                usleep(20_000)
            }
            usleep(600_000)
            #expect(scene.stored() == [1, 2])
        }
    }

    @Test func `runs on a thread that can be waited for`() async throws {
        let cluster = try await TemporaryPostgres.shared()
        let configuration = DatabaseConfiguration(url: cluster.url())
        let thread = try DedicatedConnection.startThread(
            name: "writer", configuration: configuration, logger: silentLogger
        ) { connection in
            #expect(throws: Never.self) { try connection.query("SELECT 1") }
            #expect(connection.isConnected)
        }
        await thread.join()
        await thread.join()
    }
}

@Suite struct `A pool that ends` {

    @Test func `leaves nothing behind in the server, even when it is only dropped`() async throws {
        let cluster = try await TemporaryPostgres.start()
        defer { cluster.stop() }
        for _ in 0..<20 {
            let database = try Database(
                configuration: DatabaseConfiguration(url: cluster.url(), applicationName: "dropped"),
                logger: silentLogger)
            await withTaskGroup(of: Void.self) { group in
                for _ in 0..<4 { group.addTask { _ = try? await database.query("SELECT pg_sleep(0.01)") } }
            }
        }
        try await withDatabase(url: cluster.url()) { (database: Database) async throws in
            for _ in 0..<200 {
                let left: Int = try await database.query(
                    "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'dropped'")[0][0]
                if left == 0 { return }
                try await Task.sleep(for: .milliseconds(20))
            }
            Issue.record("connections were left open")
        }
    }
}
