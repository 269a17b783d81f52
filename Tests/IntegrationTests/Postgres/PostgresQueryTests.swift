import Foundation
import Postgres
import TestSupport
import Testing

@Suite struct `A query` {
    @Test func `returns the values that it was given`() async throws {
        try await withDatabase { database in
            let id = UUID()
            let rows = try await database.query(
                "SELECT \(id) AS id, \("Ada") AS name, \(42) AS number, \(nil as String?)")
            let row = try #require(rows.first)
            #expect(try row["id"] == id)
            #expect(try row.decode((UUID, String, Int, String?).self) == (id, "Ada", 42, nil))
        }
    }

    @Test func `sees the workspaces of its own transaction only`() async throws {
        try await withDatabase({
            $0.keptConnections = 1; $0.extraConnections = 0
        }) { database in
            let workspace = UUID()
            let setting: Statement = "SELECT current_setting('app.workspaces', true)"
            #expect(try await database.query(setting, workspaces: [workspace])[0][0] == workspace.uuidString)
            let after: String? = try await database.query(setting)[0][0]
            #expect(after == "")
        }
    }

    @Test func `that fails says why and leaves the connection usable`() async throws {
        try await withDatabase { database in
            try await database.query(
                "CREATE TABLE t (id bigint PRIMARY KEY, parent bigint REFERENCES t DEFERRABLE INITIALLY DEFERRED)")
            try await database.query("INSERT INTO t (id) VALUES (\(1))")
            let duplicate = await databaseError { try await database.query("INSERT INTO t (id) VALUES (\(1))") }
            #expect(duplicate?.kind == .constraintViolation)
            #expect(duplicate?.constraint == "t_pkey")
            let atCommit = await databaseError { try await database.query("INSERT INTO t VALUES (\(2), \(3))") }
            #expect(atCommit?.kind == .constraintViolation)
            #expect(atCommit?.constraint == "t_parent_fkey")
            #expect(try await database.query("SELECT count(*) FROM t")[0][0] == 1)
        }
    }
}
