import Contracts
import Foundation
import Postgres

// How the values of the contracts stand in PostgreSQL.

extension Identifier: SQLValue {
    package static var sqlType: SQLType { UUID.sqlType }

    package func encode(into buffer: inout [UInt8]) {
        uuid.encode(into: &buffer)
    }

    package static func decode(_ cell: SQLCell) throws(SQLValueFault) -> Identifier {
        Identifier(try UUID.decode(cell))
    }
}

extension Identifier: SQLElement, SQLScalar {
    package static var sqlArrayType: SQLType { UUID.sqlArrayType }
}

/// Microseconds from 1970 to 2000, where PostgreSQL's clock begins.
private let epochMicroseconds: Int64 = 946_684_800_000_000

extension Timestamp: SQLValue {
    package static var sqlType: SQLType { Date.sqlType }

    package func encode(into buffer: inout [UInt8]) {
        withUnsafeBytes(of: (microseconds &- epochMicroseconds).bigEndian) { buffer.append(contentsOf: $0) }
    }

    package static func decode(_ cell: SQLCell) throws(SQLValueFault) -> Timestamp {
        guard cell.type == sqlType.oid, let bytes = cell.bytes, bytes.count == 8 else {
            throw SQLValueFault(message: "the value is no timestamptz")
        }
        let microseconds = Int64(bigEndian: bytes.loadUnaligned(as: Int64.self))
        return Timestamp(microseconds: microseconds &+ epochMicroseconds)
    }
}

extension Timestamp: SQLElement, SQLScalar {
    package static var sqlArrayType: SQLType { Date.sqlArrayType }
}

/// Days from 1970 to 2000.
private let epochDays: Int32 = 10_957

extension CalendarDay: SQLValue {
    package static var sqlType: SQLType { SQLDate.sqlType }

    package func encode(into buffer: inout [UInt8]) {
        SQLDate(daysSince2000: daysSince1970 &- epochDays).encode(into: &buffer)
    }

    package static func decode(_ cell: SQLCell) throws(SQLValueFault) -> CalendarDay {
        CalendarDay(daysSince1970: try SQLDate.decode(cell).daysSince2000 &+ epochDays)
    }
}

extension CalendarDay: SQLElement, SQLScalar {
    package static var sqlArrayType: SQLType { SQLDate.sqlArrayType }
}
