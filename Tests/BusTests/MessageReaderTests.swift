import Bus
import Foundation
import Testing

@Suite struct MessageReaderTests {
    @Test func `what was written is read in the same order`() throws {
        let id = UUID()
        var writer = MessageWriter()
        writer.write(UInt8.max)
        writer.write(Int16.min)
        writer.write(UInt64.max)
        writer.write(-5)
        writer.write(true)
        writer.write(-0.0)
        writer.write("naïve")
        writer.write([UInt8]([9, 8]))
        writer.write(id)
        writer.write([Caller.anonymous, .service("calls")])
        writer.write(optional: String?.none)
        writer.write(optional: 3)
        writer.write(optional: false)
        writer.write(optional: id)
        writer.write(optional: Caller.anonymous)
        writer.append(rest: [1, 2, 3])

        var reader = MessageReader(writer.bytes)
        #expect(try reader.read(UInt8.self) == .max)
        #expect(try reader.read(Int16.self) == .min)
        #expect(try reader.read(UInt64.self) == .max)
        #expect(try reader.read(Int.self) == -5)
        #expect(try reader.read(Bool.self))
        #expect(try reader.read(Double.self).sign == .minus)
        #expect(try reader.read(String.self) == "naïve")
        #expect(try reader.read([UInt8].self) == [9, 8])
        #expect(try reader.read(UUID.self) == id)
        #expect(try reader.read([Caller].self) == [.anonymous, .service("calls")])
        #expect(try reader.readOptional(String.self) == nil)
        #expect(try reader.readOptional(Int.self) == 3)
        #expect(try reader.readOptional(Bool.self) == false)
        #expect(try reader.readOptional(UUID.self) == id)
        #expect(try reader.readOptional(Caller.self) == .anonymous)
        #expect(reader.position == writer.bytes.count - 3)
        #expect(reader.readRest() == [1, 2, 3])
        #expect(reader.isAtEnd)
    }

    @Test func `integers stand on the wire with the lowest byte first`() {
        var writer = MessageWriter()
        writer.write(UInt32(0x0102_0304))
        writer.write("é")
        #expect(writer.bytes == [4, 3, 2, 1, 2, 0, 0, 0, 0xC3, 0xA9])
    }

    @Test(arguments: [[], [1], [255, 255, 255, 255], [3, 0, 0, 0, 65, 66], [2, 0, 0, 0, 0xC3, 0x28]] as [[UInt8]])
    func `bytes that are no text are refused`(bytes: [UInt8]) {
        var reader = MessageReader(bytes)
        #expect(throws: MalformedMessage.self) { try reader.read(String.self) }
    }

    @Test func `only zero and one are booleans`() {
        var reader = MessageReader([2])
        #expect(throws: MalformedMessage.self) { try reader.read(Bool.self) }
    }

    @Test func `a list that claims more items than there are bytes is refused at once`() {
        var writer = MessageWriter()
        writer.write(UInt32.max)
        writer.write(UInt64.max)
        var reader = MessageReader(writer.bytes)
        #expect(throws: MalformedMessage.self) { try reader.read([Caller].self) }
        var nothing = MessageReader(writer.bytes)
        #expect(throws: MalformedMessage("4294967295 items in 8 bytes")) { try nothing.read([Done].self) }
    }

    @Test func `a claimed count reserves little before the items are read`() throws {
        var bytes = [UInt8](repeating: 3, count: 4_000_004)
        bytes.replaceSubrange(0..<4, with: [0x00, 0x09, 0x3D, 0x00])
        let before = try residentBytes()
        var reader = MessageReader(bytes)
        #expect(throws: MalformedMessage.self) { try reader.read([Caller].self) }
        #expect(try residentBytes() - before < 64_000_000)
    }

    @Test func `a message that contains itself too often is refused`() {
        var reader = MessageReader([UInt8](repeating: 1, count: 1_000_000))
        #expect(throws: MalformedMessage("values are nested too deeply")) { try reader.read(Chain.self) }
        var short = MessageReader([1, 1, 0])
        #expect(throws: Never.self) { try short.read(Chain.self) }
    }

    @Test func `bytes left over make a message malformed`() {
        #expect(throws: MalformedMessage("1 bytes left over after Done")) { try Done.decoded(from: [0]) }
    }

    @Test func `an offset outside of the bytes reads nothing`() {
        var reader = MessageReader([1, 2], from: 9)
        #expect(reader.isAtEnd)
        #expect(throws: MalformedMessage.self) { try reader.read(UInt8.self) }
        #expect(MessageReader([1, 2], from: -4).remaining == 2)
    }

    @Test func `no bytes make the reader do more than fail`() {
        var generator = SeededGenerator(seed: 3)
        for _ in 0..<20_000 {
            let bytes = (0..<Int.random(in: 0...80, using: &generator)).map { _ in
                UInt8.random(in: 0...(Bool.random(using: &generator) ? 3 : 255), using: &generator)
            }
            _ = try? RequestEnvelope(decoding: bytes)
            _ = try? ReplyEnvelope(decoding: bytes)
            _ = try? Caller.decoded(from: bytes)
            _ = try? Fault.decoded(from: bytes)
            var reader = MessageReader(bytes)
            _ = try? reader.read([Caller].self)
            _ = try? reader.readOptional(String.self)
        }
    }

    private func residentBytes() throws -> Int {
        let statm = try String(contentsOfFile: "/proc/self/statm", encoding: .utf8).split(separator: " ")
        return (Int(statm[1]) ?? 0) * 4096
    }
}

/// A message that may contain itself.
private indirect enum Chain: BusMessage {
    case end
    case link(Chain)

    init(from reader: inout MessageReader) throws {
        self = try reader.read(Bool.self) ? .link(try reader.read(Chain.self)) : .end
    }

    func write(to writer: inout MessageWriter) {}
}
