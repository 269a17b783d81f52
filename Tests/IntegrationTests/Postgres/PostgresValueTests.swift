import Foundation
import Postgres
import TestSupport
import Testing

@Suite struct `Values` {
    private func check<Value: SQLValue & Equatable>(_ values: [Value], in database: Database) async throws {
        for value in values {
            let back: Value = try await database.query("SELECT \(value)")[0][0]
            #expect(back == value)
        }
    }

    @Test func `of every type come back as they were`() async throws {
        try await withDatabase { database in
            try await check([true, false], in: database)
            try await check([Int16.min, 0, .max], in: database)
            try await check([Int32.min, 0, .max], in: database)
            try await check([Int64.min, 0, .max], in: database)
            try await check([Int.min, -1, .max], in: database)
            try await check(
                [0.1, -0.0, .infinity, -.infinity, .greatestFiniteMagnitude, .leastNonzeroMagnitude], in: database)
            try await check([0.1, -0.0, .infinity, .greatestFiniteMagnitude] as [Float], in: database)
            try await check(["", "Ä\u{1F600}é\r\n\t\u{1}", "' OR 1=1 --", "\\", "$1"], in: database)
            try await check([UUID(), UUID()], in: database)
            try await check([[], [0, 255, 0], [UInt8](repeating: 7, count: 100)], in: database)
            try await check([SQLDate(daysSince2000: 0), SQLDate(daysSince2000: -2_451_545)], in: database)
            try await check([nil, 5] as [Int?], in: database)
            try await check([nil, "x"] as [String?], in: database)
            let notANumber: Double = try await database.query("SELECT \(Double.nan)")[0][0]
            #expect(notANumber.isNaN)
        }
    }

    @Test func `in arrays come back as they were`() async throws {
        try await withDatabase { database in
            try await check([[], [UUID()], [UUID(), UUID()]], in: database)
            try await check([[], ["a", "", "ü"]], in: database)
            try await check([[nil], ["a", nil, "b"], []] as [[String?]], in: database)
            try await check([[true, false]], in: database)
            try await check([[Int16(1)]], in: database)
            try await check([[Int32(1), -1]], in: database)
            try await check([[1, Int.max]], in: database)
            try await check([[1.5, nil]] as [[Double?]], in: database)
            try await check([[], [1.5, -0.25, .infinity], [.leastNonzeroMagnitude]] as [[Float]], in: database)
            try await check([[1.5, nil]] as [[Float?]], in: database)
            for array in ["'{1,NULL}'::real[]", "'{{1},{2}}'::real[]", "'{1}'::float8[]"] {
                let row = try await database.query("SELECT \(unsafe: array)")[0]
                #expect(throws: DatabaseError.self, "\(array)") { try row.decode([Float].self, at: 0) }
            }
            try await check([[[1, 2], [], [3]]] as [[[UInt8]]], in: database)
            try await check([[[1, 2], nil]] as [[[UInt8]?]], in: database)
            try await check([[SQLDate(daysSince2000: 1)]], in: database)
            try await check([[Date(timeIntervalSince1970: 1)]], in: database)
            let count: Int = try await database.query("SELECT count(*) FROM unnest(\([SQLJSON("1"), SQLJSON("{}")]))")[
                0][0]
            #expect(count == 2)
        }
    }

    @Test func `that are dates keep their microsecond, near and far`() async throws {
        try await withDatabase { database in
            for seconds in [0.000_001, 1_772_000_000.123_456, -1.5, 946_684_800, -62_135_769_600] {
                let date = Date(timeIntervalSince1970: seconds)
                let row = try await database.query("SELECT \(date), extract(epoch FROM \(date))::float8")[0]
                let back: Date = try row[0]
                #expect(abs(back.timeIntervalSince(date)) < 0.000_000_6)
                #expect(abs(try row[1] - seconds) < 0.000_001)
            }
            try await check(
                [.distantPast, .distantFuture, Date(timeIntervalSinceReferenceDate: .infinity)], in: database)
            let name: String = try await database.query(
                "SELECT (\(Date(timeIntervalSinceReferenceDate: -.infinity)))::text")[0][0]
            #expect(name == "-infinity")
            for seconds in [1e13, -1e12, 1e300, .nan] {
                let error = await databaseError {
                    try await database.query("SELECT \(Date(timeIntervalSince1970: seconds))")
                }
                #expect(error?.kind == .badValue)
            }
        }
    }

    @Test func `of ten megabytes come back as they were`() async throws {
        try await withDatabase { database in
            let text = String(repeating: "0123456789abcdef", count: 640 * 1_024)
            let bytes = [UInt8](repeating: 0xA5, count: 10 << 20)
            let rows = try await database.pipeline(["SELECT \(text)", "SELECT \(bytes)", "SELECT \(text)"])
            #expect(try rows[0][0][0] == text)
            #expect(try rows[1][0][0] == bytes)
            #expect(try rows[2][0][0] == text)
            let many = try await database.query("SELECT \([text, text])")[0]
            #expect(try many[0] == [text, text])
        }
    }

    @Test func `with a NUL byte are refused before they are sent`() async throws {
        try await withDatabase { database in
            let error = await databaseError { try await database.query("SELECT \(1), \("a\0b")") }
            #expect(error?.kind == .badValue)
            #expect(error?.message == "Parameter $2: the text holds a NUL character, which cannot be stored.")
            let inArray = await databaseError { try await database.query("SELECT \(["a", "\0"])") }
            #expect(inArray?.kind == .badValue)
            // Nothing was sent, not even a connection was made.
            #expect(database.statistics.connectCount == 0)
            let inJSON = await databaseError { try await database.query("SELECT \(SQLJSON("\"\\u0000\""))") }
            #expect(inJSON?.kind == .badValue)
            let noJSON = await databaseError { try await database.query("SELECT \(SQLJSON("{"))") }
            #expect(noJSON?.kind == .badValue)
        }
    }

    @Test func `of another type or NULL are refused with the column's name`() async throws {
        try await withDatabase { database in
            let row = try await database.query("SELECT 1::bigint AS number, NULL::text AS nothing, 1.5 AS amount")[0]
            func message<Value: SQLValue>(_ name: String, _: Value.Type) -> String? {
                do throws(DatabaseError) {
                    _ = try row.decode(Value.self, named: name)
                    return nil
                } catch { return error.message }
            }
            #expect(message("number", UUID.self) == "Column \"number\": bigint cannot be read as UUID.")
            #expect(message("nothing", String.self) == "Column \"nothing\": NULL cannot be read as String.")
            #expect(message("amount", Double.self) == "Column \"amount\": numeric cannot be read as Double.")
            #expect(message("amount", String.self) == "Column \"amount\": numeric cannot be read as String.")
            #expect(message("missing", String.self) == "There is no column \"missing\".")
            #expect(message("number", Int16.self) == nil)
            let wide = try await database.query("SELECT 70000::bigint AS wide")[0]
            #expect(throws: DatabaseError.self) { try wide.decode(Int16.self, at: 0) }
            #expect(throws: DatabaseError.self) { try wide.decode(Int.self, at: 1) }
            #expect(throws: DatabaseError.self) { try wide.decode(Int.self, at: -1) }
        }
    }

    @Test func `of many rows and columns all arrive`() async throws {
        try await withDatabase { database in
            let rows = try await database.query("SELECT n, n::text AS name FROM generate_series(1, 100000) AS n")
            #expect(rows.count == 100_000)
            #expect(try rows.last?["name"] == "100000")
            let values = [any SQLValue](repeating: 1, count: 65_535)
            let sum = "SELECT " + (1...65_535).map { "$\($0)" }.joined(separator: "+")
            let tooDeep = await databaseError { try await database.query(Statement(unsafe: sum, binding: values)) }
            #expect(tooDeep == nil || tooDeep?.sqlState == "54001")
            let tooMany = await databaseError {
                try await database.query(Statement(unsafe: "SELECT 1", binding: values + [1]))
            }
            #expect(tooMany?.kind == .badValue)
        }
    }
}
