import Foundation
import Postgres
import TestSupport
import Testing

@Suite struct `The workspaces of a transaction` {
    private static let schema = """
        CREATE TABLE notes (workspace_id uuid, body text);
        ALTER TABLE notes ENABLE ROW LEVEL SECURITY;
        ALTER TABLE notes FORCE ROW LEVEL SECURITY;
        CREATE POLICY own ON notes
            USING (workspace_id = ANY(string_to_array(current_setting('app.workspaces'), ',')::uuid[]));
        """

    /// A pool of one connection, so that a setting that leaks would be seen by the next user.
    private func withNotes(_ body: (Database) async throws -> Void) async throws {
        let cluster = try await TemporaryPostgres.shared()
        let name = try await cluster.createDatabase()
        let role = "reader_\(name)"
        try await withDatabase(url: cluster.url(database: name)) { owner in
            for statement in Self.schema.split(separator: ";").map(String.init) where statement.contains("notes") {
                try await owner.query(Statement(unsafe: statement))
            }
            try await owner.query(Statement(unsafe: "CREATE ROLE \(role) LOGIN"))
            try await owner.query(Statement(unsafe: "GRANT SELECT, INSERT ON notes TO \(role)"))
        }
        try await withDatabase(url: cluster.url(database: name, user: role)) {
            $0.keptConnections = 1
            $0.extraConnections = 0
        } _: {
            try await body($0)
        }
    }

    @Test func `let it see and write their rows and no others`() async throws {
        try await withNotes { database in
            let (a, b) = (UUID(), UUID())
            for id in [a, b] {
                try await database.query("INSERT INTO notes VALUES (\(id), \("x"))", workspaces: [id])
            }
            let all: Statement = "SELECT workspace_id FROM notes"
            #expect(try await database.query(all, workspaces: [a]).map { try $0[0] } == [a])
            let both: [UUID] = try await database.query(all, workspaces: [a, b], access: .readOnly).map { try $0[0] }
            #expect(Set(both) == [a, b])
            let foreign = await databaseError {
                try await database.query("INSERT INTO notes VALUES (\(b), \("x"))", workspaces: [a])
            }
            #expect(foreign?.sqlState == "42501")
        }
    }

    @Test func `are forgotten with the transaction, however it ends`() async throws {
        try await withNotes { database in
            let id = UUID()
            let all: Statement = "SELECT workspace_id FROM notes"
            let never = await databaseError { try await database.query(all) }
            #expect(never?.sqlState == "42704")  // the setting does not exist yet
            try await database.query("INSERT INTO notes VALUES (\(id), \("x"))", workspaces: [id])
            #expect(try await database.query(all).isEmpty)
            let counts = try await database.transaction(workspaces: [id]) { transaction in
                [try await transaction.query(all).count, try await transaction.query(all).count]
            }
            #expect(counts == [1, 1])
            #expect(try await database.query(all).isEmpty)
            _ = await databaseError {
                try await database.transaction(workspaces: [id]) { try await $0.query("SELECT 1/0") }
            }
            #expect(try await database.query(all).isEmpty)
            _ = await databaseError { try await database.pipeline([all, "SELECT 1/0"], workspaces: [id]) }
            #expect(try await database.query(all).isEmpty)
        }
    }
}
