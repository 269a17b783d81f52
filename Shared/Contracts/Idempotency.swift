import Bus

/// A key that makes a repeated request harmless, with what it belongs to.
package struct IdempotencyKey: Sendable, Codable, Equatable {
    /// Who asks (`Caller.Identity.credentialID`), which route, and the key as it was sent, hashed: 32 bytes.
    package var digest: [UInt8]
    /// Hash of the body: the same key with another one is refused. 32 bytes.
    package var fingerprint: [UInt8]

    package init(digest: [UInt8], fingerprint: [UInt8]) {
        self.digest = digest
        self.fingerprint = fingerprint
    }
}

/// A reply, and whether it is the first one again.
package struct Outcome<Value: BusMessage>: BusMessage {
    package var value: Value
    package var isReplayed: Bool

    package init(_ value: Value, isReplayed: Bool = false) {
        self.value = value
        self.isReplayed = isReplayed
    }

    package init(from reader: inout MessageReader) throws {
        value = try reader.read()
        isReplayed = try reader.read()
    }

    package func write(to writer: inout MessageWriter) {
        writer.write(value)
        writer.write(isReplayed)
    }
}

extension Outcome: Equatable where Value: Equatable {}
