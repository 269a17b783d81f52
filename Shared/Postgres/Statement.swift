/// SQL whose interpolated values are always bound, never pasted: `"SELECT name FROM t WHERE id = \(id)"`.
///
/// The same text with other values is prepared once per connection.
package struct Statement: Sendable {
    /// With `$1`, `$2`, … where values were interpolated.
    package private(set) var sql: String
    private(set) var parameters = ParameterList()
    /// Where each `$n` that stands for an interpolated value begins, in UTF-8 bytes.
    private var placeholders: [Int] = []

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
        self = stringInterpolation.statement
    }

    package struct StringInterpolation: StringInterpolationProtocol {
        fileprivate var statement = Statement(unsafe: "")

        package init(literalCapacity: Int, interpolationCount: Int) {
            statement.sql.reserveCapacity(literalCapacity + interpolationCount * 3)
        }

        package mutating func appendLiteral(_ literal: String) {
            statement.sql += literal
        }

        /// Binds a value.
        package mutating func appendInterpolation(_ value: some SQLValue) {
            statement.parameters.append(value)
            statement.appendPlaceholder(statement.parameters.count)
        }

        /// Binds a value or NULL. Without this overload the compiler warns of an optional in a text.
        package mutating func appendInterpolation<Value: SQLValue>(_ value: Value?) {
            statement.parameters.append(value)
            statement.appendPlaceholder(statement.parameters.count)
        }

        /// Puts a part in, with its values, such as a condition that is not always there.
        package mutating func appendInterpolation(_ part: Statement) {
            statement.append(part)
        }

        /// Pastes text as it is. Only for names that the program itself has written.
        package mutating func appendInterpolation(unsafe text: String) {
            statement.sql += text
        }
    }
}

extension Statement {
    private mutating func appendPlaceholder(_ number: Int) {
        placeholders.append(sql.utf8.count)
        sql += "$\(number)"
    }

    /// Appends SQL whose placeholders are numbered on from this one's.
    private mutating func append(_ part: Statement) {
        let offset = parameters.count
        parameters.append(part.parameters)
        guard part.placeholders.count == part.parameters.count else {
            return parameters.refuse("A part with written-out placeholders cannot be put into another statement.")
        }
        var position = part.sql.startIndex
        for (index, start) in part.placeholders.enumerated() {
            let placeholder = part.sql.utf8.index(part.sql.startIndex, offsetBy: start)
            sql += part.sql[position..<placeholder]
            appendPlaceholder(offset + index + 1)
            position = part.sql.utf8.index(placeholder, offsetBy: "$\(index + 1)".utf8.count)
        }
        sql += part.sql[position...]
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
            refuse("Parameter $\(count + 1): \(error.message).")
        }
        let size = bytes.count - start
        if size > 0x3fff_ffff { refuse("Parameter $\(count + 1): more than 1 GB cannot be sent.") }
        sizes.append(Int32(truncatingIfNeeded: size))
        if count > 65_535 { refuse("A statement has at most 65535 parameters.") }
    }

    mutating func append(_ others: ParameterList) {
        bytes += others.bytes
        sizes += others.sizes
        types += others.types
        if let fault = others.fault { refuse(fault) }
        if count > 65_535 { refuse("A statement has at most 65535 parameters.") }
    }

    /// The first fault is kept.
    mutating func refuse(_ sentence: String) {
        fault = fault ?? sentence
    }
}
