import Bus

/// The log of the calls service's events.
package enum CallsEvents: EventOwner {
    package static let name = "calls"
}

/// A call was recorded (`before` nil), changed, or deleted (`after` nil). Statistics add what `after` contributes and
/// take away what `before` did.
package struct CallChanged: LoggedEvent, Equatable {
    package static let kind = "call-changed.v1"

    package var id: CallID
    /// The version after the change, 1 for a new call.
    package var version: Int
    package var before: CallFacts?
    package var after: CallFacts?

    package init(id: CallID, version: Int, before: CallFacts?, after: CallFacts?) {
        self.id = id
        self.version = version
        self.before = before
        self.after = after
    }

    package init(from reader: inout MessageReader) throws {
        id = try reader.read()
        version = try reader.read()
        before = try reader.readOptional(CallFacts.self)
        after = try reader.readOptional(CallFacts.self)
    }

    package func write(to writer: inout MessageWriter) {
        writer.write(id)
        writer.write(version)
        writer.write(optional: before)
        writer.write(optional: after)
    }
}
