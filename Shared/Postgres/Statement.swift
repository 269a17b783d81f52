/// SQL whose interpolated values are always bound, never pasted: `"SELECT name FROM t WHERE id = \(id)"`.
///
/// The same text with other values is prepared once per connection.
package struct Statement: Sendable {
    /// With `$1`, `$2`, … where values were interpolated.
    package private(set) var sql: String
    var parameters = ParameterList()

    /// SQL that has no parameters. It must come from the program's own text.
    package init(unsafe sql: String) {
        self.sql = sql
    }

    /// SQL with `$1`, `$2`, … written out, and their values. It must come from the program's own text.
    package init(unsafe sql: String, binding values: [any SQLValue]) {
        self.sql = sql
        for value in values { parameters.append(value) }
    }
}

extension Statement: ExpressibleByStringInterpolation {
    package init(stringLiteral sql: String) {
        self.sql = sql
    }

    package init(stringInterpolation: StringInterpolation) {
        sql = stringInterpolation.sql
        parameters = stringInterpolation.parameters
    }

    package struct StringInterpolation: StringInterpolationProtocol {
        fileprivate var sql = ""
        fileprivate var parameters = ParameterList()

        package init(literalCapacity: Int, interpolationCount: Int) {
            sql.reserveCapacity(literalCapacity + interpolationCount * 3)
        }

        package mutating func appendLiteral(_ literal: String) {
            sql += literal
        }

        /// Binds a value.
        package mutating func appendInterpolation(_ value: some SQLValue) {
            parameters.append(value)
            sql += "$\(parameters.count)"
        }

        /// Binds a value or NULL.
        package mutating func appendInterpolation<Value: SQLValue>(_ value: Value?) {
            parameters.append(value)
            sql += "$\(parameters.count)"
        }

        /// Pastes text as it is. Only for names that the program itself has written.
        package mutating func appendInterpolation(unsafe text: String) {
            sql += text
        }
    }
}

extension [Statement] {
    /// - Throws: `.badValue` for a value that cannot be sent.
    func checkValues() throws(DatabaseError) {
        for statement in self {
            if let fault = statement.parameters.fault { throw DatabaseError(.badValue, fault) }
        }
    }
}

/// Bound values, encoded one behind the other.
struct ParameterList: Sendable {
    private(set) var bytes: [UInt8] = []
    /// In bytes, -1 for NULL.
    private(set) var sizes: [Int32] = []
    private(set) var types: [UInt32] = []
    /// About the first value that cannot be sent.
    private(set) var fault: String?

    var count: Int { sizes.count }

    mutating func append(_ value: some SQLValue) {
        types.append(type(of: value).sqlType.oid)
        guard !value.isNull else { return sizes.append(-1) }
        let start = bytes.count
        do {
            try value.encode(into: &bytes)
        } catch {
            fault = fault ?? "Parameter $\(count + 1): \(error.message)."
        }
        let size = bytes.count - start
        if size > 0x3fff_ffff { fault = fault ?? "Parameter $\(count + 1): more than 1 GB cannot be sent." }
        sizes.append(Int32(truncatingIfNeeded: size))
        if count > 65_535 { fault = fault ?? "A statement has at most 65535 parameters." }
    }
}
