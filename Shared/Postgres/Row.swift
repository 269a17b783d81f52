import CPostgres
import Foundation

/// The rows that a statement returned, in their order.
package struct Rows: RandomAccessCollection, Sendable {
    let result: QueryResult

    package var startIndex: Int { 0 }
    package var endIndex: Int { result.count }
    package subscript(position: Int) -> Row { Row(result: result, index: position) }

    /// Rows inserted, updated, deleted or selected; 0 for other statements.
    package var affectedCount: Int { result.affectedCount }

    /// The only row, or nil when there is none.
    /// - Throws: `.decoding` when there are several.
    package func one() throws(DatabaseError) -> Row? {
        guard count <= 1 else { throw DatabaseError(.decoding, "Expected at most one row, found \(count).") }
        return first
    }
}

/// One row. It keeps the whole result in memory: decode it soon and let go.
package struct Row: Sendable {
    let result: QueryResult
    let index: Int

    package var columnCount: Int { result.columnCount }

    /// - Parameter position: from 0.
    /// - Throws: `.decoding` when the column is missing, NULL for a type that is not optional, or of another type.
    package func decode<Value: SQLValue>(
        _: Value.Type = Value.self, at position: Int
    ) throws(DatabaseError) -> Value {
        guard position >= 0, position < result.columnCount else {
            throw DatabaseError(.decoding, "There is no column \(position); the row has \(result.columnCount).")
        }
        do {
            return try Value.decode(result.cell(row: index, column: position))
        } catch {
            throw DatabaseError(.decoding, "Column \"\(result.columnName(position))\": \(error.message).")
        }
    }

    package func decode<Value: SQLValue>(
        _: Value.Type = Value.self, named name: String
    ) throws(DatabaseError) -> Value {
        guard let position = result.position(of: name) else {
            throw DatabaseError(.decoding, "There is no column \"\(name)\".")
        }
        return try decode(at: position)
    }

    /// The leading columns, in their order: `let (id, name) = try row.decode((UUID, String?).self)`.
    package func decode<each Value: SQLValue>(
        _: (repeat each Value).Type
    ) throws(DatabaseError) -> (repeat each Value) {
        var position = -1
        func next() -> Int {
            position += 1
            return position
        }
        return (repeat try decode((each Value).self, at: next()))
    }

    /// `let name: String? = try row["name"]`
    package subscript<Value: SQLValue>(name: String) -> Value {
        get throws(DatabaseError) { try decode(named: name) }
    }

    /// `let id: UUID = try row[0]`
    package subscript<Value: SQLValue>(position: Int) -> Value {
        get throws(DatabaseError) { try decode(at: position) }
    }
}

/// A result as libpq holds it: read-only once made, hence shared freely between threads.
final class QueryResult: @unchecked Sendable {
    private let raw: OpaquePointer
    let count: Int
    let columnCount: Int

    /// Takes over the result.
    init(_ raw: OpaquePointer) {
        self.raw = raw
        count = Int(PQntuples(raw))
        columnCount = Int(PQnfields(raw))
    }

    deinit {
        PQclear(raw)
    }

    /// Such as `INSERT 0 1`.
    var commandTag: String { PQcmdStatus(raw).map { String(cString: $0) } ?? "" }

    var affectedCount: Int { PQcmdTuples(raw).flatMap { Int(String(cString: $0)) } ?? 0 }

    func cell(row: Int, column: Int) -> SQLCell {
        let (row, column) = (Int32(truncatingIfNeeded: row), Int32(truncatingIfNeeded: column))
        let type = PQftype(raw, column)
        guard PQgetisnull(raw, row, column) == 0, let start = PQgetvalue(raw, row, column) else {
            return SQLCell(type: type, bytes: nil)
        }
        let size = Int(PQgetlength(raw, row, column))
        return SQLCell(type: type, bytes: UnsafeRawBufferPointer(start: start, count: size))
    }

    func columnName(_ position: Int) -> String {
        PQfname(raw, Int32(truncatingIfNeeded: position)).map { String(cString: $0) } ?? ""
    }

    func position(of name: String) -> Int? {
        name.withCString { wanted in
            (0..<columnCount).first { position in
                PQfname(raw, Int32(truncatingIfNeeded: position)).map { strcmp($0, wanted) == 0 } ?? false
            }
        }
    }
}
