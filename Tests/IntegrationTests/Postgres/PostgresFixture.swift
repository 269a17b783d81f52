import Foundation
import Logging
import Postgres
import TestSupport

let silentLogger = Logger(label: "postgres") { _ in SwiftLogNoOpLogHandler() }

/// Gives `body` a pool on a fresh database of the shared cluster and closes it afterwards.
@discardableResult
func withDatabase<Result>(
    _ change: (inout DatabaseConfiguration) -> Void = { _ in },
    _ body: (Database) async throws -> Result
) async throws -> Result {
    let cluster = try await TemporaryPostgres.shared()
    let name = try await cluster.createDatabase()
    return try await withDatabase(url: cluster.url(database: name), change, body)
}

@discardableResult
func withDatabase<Result>(
    url: String, _ change: (inout DatabaseConfiguration) -> Void = { _ in },
    _ body: (Database) async throws -> Result
) async throws -> Result {
    var configuration = DatabaseConfiguration(url: url, applicationName: "test")
    change(&configuration)
    let database = try Database(configuration: configuration, logger: silentLogger)
    do {
        let result = try await body(database)
        await database.close()
        return result
    } catch {
        await database.close()
        throw error
    }
}

/// The database error that `body` throws; nil when it throws none.
func databaseError<Result>(_ body: () async throws -> Result) async -> DatabaseError? {
    do {
        _ = try await body()
        return nil
    } catch {
        return error as? DatabaseError
    }
}
