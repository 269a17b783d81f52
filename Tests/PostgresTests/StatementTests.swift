import Foundation
import Testing

@testable import Postgres

@Suite struct `A statement` {
    @Test func `binds what is interpolated and pastes what is called unsafe`() {
        let statement: Statement = "SELECT \(unsafe: "a, b") FROM t WHERE id = \(7) AND name = \("x' OR '1'='1")"
        #expect(statement.sql == "SELECT a, b FROM t WHERE id = $1 AND name = $2")
        #expect(statement.parameters.sizes == [8, 12])
        #expect(statement.parameters.types == [20, 25])
        #expect(statement.parameters.fault == nil)
    }

    @Test func `binds NULL with the type that the optional has`() {
        let statement: Statement = "SELECT \(nil as UUID?), \([nil, "a"] as [String?]), \([1, 2] as [UInt8])"
        #expect(statement.parameters.sizes == [-1, 20 + 4 + 4 + 1, 2])
        #expect(statement.parameters.types == [2950, 1009, 17])
    }

    @Test func `takes parts with their values and numbers them on`() {
        let cheap: Statement = "price < \(10) AND note <> '$1' AND kind = \("ü$2")"
        let none: Statement = ""
        let both: Statement = "SELECT \(1) WHERE \(cheap)\(none) OR (\(cheap)) LIMIT \(5)"
        #expect(
            both.sql
                == """
                SELECT $1 WHERE price < $2 AND note <> '$1' AND kind = $3 \
                OR (price < $4 AND note <> '$1' AND kind = $5) LIMIT $6
                """)
        #expect(both.parameters.sizes == [8, 8, 4, 8, 4, 8])
        let nested: Statement = "(\(both))"
        #expect(nested.sql == "(\(both.sql))")
    }

    @Test func `with more than nine values renumbers all of them`() {
        let list: Statement = "\(1),\(2),\(3),\(4),\(5),\(6),\(7),\(8),\(9),\(10),\(11)"
        let twice: Statement = "\(list);\(list)"
        #expect(
            twice.sql == (1...11).map { "$\($0)" }.joined(separator: ",") + ";"
                + (12...22).map { "$\($0)" }.joined(separator: ","))
    }

    @Test func `keeps the first fault of its values, also of its parts`() {
        let part: Statement = "\("a\0") \(Date(timeIntervalSince1970: 1e300))"
        let whole: Statement = "SELECT \(part)"
        #expect(whole.parameters.fault == "Parameter $1: the text holds a NUL character, which cannot be stored.")
        let written = Statement(unsafe: "$1", binding: [1])
        let mixed: Statement = "SELECT \(written)"
        #expect(mixed.parameters.fault != nil)
        #expect(throws: DatabaseError.self) { try [mixed].checkValues() }
    }
}
