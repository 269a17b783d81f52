import Foundation
import Testing

@testable import Postgres

@Suite struct `A statement` {
    @Test func `binds what is interpolated and pastes what is called unsafe`() {
        let statement: Statement = "SELECT \(unsafe: "a, b") FROM t WHERE id = \(7) AND name = \("x' OR '1'='1")"
        #expect(statement.sql == "SELECT a, b FROM t WHERE id = $1 AND name = $2")
        #expect(statement.parameters.sizes == [8, 12])
        #expect(statement.parameters.types == [20, 25])
    }
}
