/// The tables that every service has, as its migration number 1.
package enum EventLogMigration {
    package static let name = "0001_create_event_log.sql"

    /// - Parameter service: name, schema and login role: lower-case letters only.
    package static func sql(for service: String) -> String {
        precondition(service.utf8.allSatisfy { (97...122).contains($0) }, "\(service) is no name of a service")
        return String(decoding: PackageResources._001_create_event_log_sql, as: UTF8.self)
            .replacing("{service}", with: service)
    }
}
