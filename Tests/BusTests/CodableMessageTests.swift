import Bus
import Foundation
import Testing

@Suite struct CodableMessageTests {
    @Test func `every kind of field comes back as it was`() throws {
        let fields = EveryField.sample
        #expect(try EveryField.decoded(from: fields.encoded()) == fields)
    }

    @Test func `absent and present optionals of every type come back as they were`() throws {
        for present in [false, true] {
            let optionals = EveryOptional(present: present)
            #expect(try EveryOptional.decoded(from: optionals.encoded()) == optionals)
        }
        #expect(EveryOptional(present: false).encoded().allSatisfy { $0 == 0 })
    }

    @Test func `an optional costs one byte when it is absent`() {
        #expect(EveryOptional(present: false).encoded().count == EveryOptional.fieldCount)
    }

    @Test func `cases with values come back as they were`() throws {
        for shape in [
            Shape.point, .circle(radius: 3), .box(width: 1, height: nil), .group([.point, .circle(radius: 4)]),
        ] {
            let drawing = Drawing(shape: shape, name: "after")
            #expect(try Drawing.decoded(from: drawing.encoded()) == drawing)
        }
    }

    @Test func `messages with and without a form of their own stand inside one another`() throws {
        let nested = Nested(
            handmade: Handmade(number: 1), list: [Handmade(number: 2)], maybe: Handmade(number: 3),
            drawing: Drawing(shape: .point, name: "x"))
        let bytes = nested.encoded()
        #expect(try Nested.decoded(from: bytes) == nested)
        #expect(bytes.filter { $0 == Handmade.mark }.count == 3)
    }

    @Test func `a number that is too large for its field is malformed`() throws {
        let wide = Wide(number: 300).encoded()
        #expect(throws: MalformedMessage.self) { try Narrow.decoded(from: wide) }
        #expect(throws: MalformedMessage.self) { try Narrow.decoded(from: Wide(number: -1).encoded()) }
        #expect(try Narrow.decoded(from: Wide(number: 255).encoded()).number == 255)
    }

    @Test func `a case that does not exist is malformed`() {
        var writer = MessageWriter()
        writer.write("hexagon")
        writer.write("name")
        #expect(throws: MalformedMessage.self) { try Drawing.decoded(from: writer.bytes) }
    }

    @Test func `values nested without end are refused before the stack is`() {
        var writer = MessageWriter()
        for _ in 0..<100_000 {
            writer.write("group")
            writer.write("_0")
            writer.write(UInt32(1))
        }
        #expect(throws: MalformedMessage.self) { try Drawing.decoded(from: writer.bytes) }
    }

    @Test func `nesting up to the limit is accepted`() throws {
        let tree = (0..<20).reduce(Shape.point) { inner, _ in .group([inner]) }
        let drawing = Drawing(shape: tree, name: "tree")
        #expect(try Drawing.decoded(from: drawing.encoded()) == drawing)
    }

    @Test func `a message that is cut off anywhere is malformed`() {
        let bytes = EveryField.sample.encoded()
        for length in 0..<bytes.count {
            #expect(throws: MalformedMessage.self) { try EveryField.decoded(from: Array(bytes[..<length])) }
        }
    }

    @Test func `damaged bytes never do more than fail`() {
        var generator = SeededGenerator(seed: 11)
        let samples = [EveryField.sample.encoded(), EveryOptional(present: true).encoded()]
        for round in 0..<20_000 {
            var bytes = samples[round % 2]
            for _ in 0...Int.random(in: 0...4, using: &generator) {
                bytes[Int.random(in: bytes.indices, using: &generator)] = .random(in: 0...255, using: &generator)
            }
            _ = try? EveryField.decoded(from: bytes)
            _ = try? EveryOptional.decoded(from: bytes)
            _ = try? Drawing.decoded(from: bytes)
        }
    }
}
