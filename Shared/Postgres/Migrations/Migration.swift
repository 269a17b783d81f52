/// A numbered step of a schema, such as `0001_create_calls.sql`. Once applied anywhere it never changes.
package struct Migration: Sendable, Hashable {
    /// With its number in front.
    package let name: String
    package let sql: String
    package let number: Int

    /// - Throws: `.other` when the name does not begin with a number and an underscore.
    package init(name: String, sql: String) throws(DatabaseError) {
        let digits = name.prefix { $0.isASCII && $0.isNumber }
        guard let number = Int(digits), number > 0, name.dropFirst(digits.count).first == "_" else {
            throw DatabaseError(.other, "The migration \"\(name)\" is not named like 0001_create_calls.sql.")
        }
        self.name = name
        self.sql = sql
        self.number = number
    }

    /// - Parameter sql: a file's bytes, which must be UTF-8.
    package init(name: String, sql: [UInt8]) throws(DatabaseError) {
        guard let text = String(validating: sql, as: UTF8.self) else {
            throw DatabaseError(.other, "The migration \"\(name)\" is not UTF-8.")
        }
        try self.init(name: name, sql: text)
    }

    /// Sorted by number.
    /// - Throws: `.other` unless the numbers are 1, 2, 3 …
    static func ordered(_ migrations: [Migration]) throws(DatabaseError) -> [Migration] {
        let ordered = migrations.sorted { ($0.number, $0.name) < ($1.number, $1.name) }
        for (index, migration) in ordered.enumerated() where migration.number != index + 1 {
            throw DatabaseError(
                .other, "Migration number \(index + 1) is expected where \"\(migration.name)\" stands.")
        }
        return ordered
    }
}
