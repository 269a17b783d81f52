import Bus
import Contracts
import Foundation
import Hummingbird

extension JSONWriter {
    package mutating func field(_ name: StaticString, _ value: String) {
        self.name(name)
        text(value)
    }

    /// Nil is written as `null`.
    package mutating func field(_ name: StaticString, _ value: String?) {
        self.name(name)
        if let value { text(value) } else { null() }
    }

    package mutating func field(_ name: StaticString, _ value: Int) {
        self.name(name)
        integer(value)
    }

    package mutating func field(_ name: StaticString, _ value: Int?) {
        self.name(name)
        if let value { integer(value) } else { null() }
    }

    package mutating func field(_ name: StaticString, _ value: Bool) {
        self.name(name)
        boolean(value)
    }

    package mutating func field<Entity>(_ name: StaticString, _ value: Identifier<Entity>) {
        self.name(name)
        uuid(value.uuid)
    }

    package mutating func field<Entity>(_ name: StaticString, _ value: Identifier<Entity>?) {
        self.name(name)
        if let value { uuid(value.uuid) } else { null() }
    }

    package mutating func field(_ name: StaticString, _ value: Timestamp) {
        self.name(name)
        text(value.text)
    }

    package mutating func field(_ name: StaticString, _ value: Timestamp?) {
        self.name(name)
        if let value { text(value.text) } else { null() }
    }

    /// Milliseconds shown as seconds.
    package mutating func field(_ name: StaticString, secondsOfMS value: Int) {
        self.name(name)
        decimal(value, places: 3)
    }

    /// Microseconds shown as milliseconds.
    package mutating func field(_ name: StaticString, millisecondsOfMicros value: Int) {
        self.name(name)
        decimal(value, places: 3)
    }

    /// Tenths shown with one decimal, always.
    package mutating func field(_ name: StaticString, tenths value: Int) {
        self.name(name)
        decimal(value, places: 1, keeping: 1)
    }

    package mutating func field(_ name: StaticString, object body: (inout JSONWriter) -> Void) {
        self.name(name)
        object(body)
    }

    package mutating func field(_ name: StaticString, shown value: some JSONShown) {
        self.name(name)
        object { value.write(to: &$0) }
    }

    package mutating func field<Item: JSONShown>(_ name: StaticString, shown items: [Item]) {
        self.name(name)
        array(items) { json, item in json.object { item.write(to: &$0) } }
    }
}

extension ByteBuffer {
    private static let hexDigits = Array("0123456789abcdef".utf8)

    mutating func writeHex(_ byte: UInt8) {
        writeInteger(Self.hexDigits[Int(byte >> 4)])
        writeInteger(Self.hexDigits[Int(byte & 15)])
    }

    /// 36 characters, lower-case.
    mutating func writeUUID(_ uuid: UUID) {
        writeWithUnsafeMutableBytes(minimumWritableBytes: 36) { text in
            uuid.writeText(to: text)
            return 36
        }
    }
}
