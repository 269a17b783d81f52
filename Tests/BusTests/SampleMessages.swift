import Bus
import Foundation

struct EveryField: BusMessage, Codable, Equatable {
    var yes: Bool
    var int: Int
    var int8: Int8
    var int16: Int16
    var int32: Int32
    var int64: Int64
    var uint: UInt
    var uint8: UInt8
    var uint16: UInt16
    var uint32: UInt32
    var uint64: UInt64
    var double: Double
    var float: Float
    var string: String
    var uuid: UUID
    var date: Date
    var data: Data
    var url: URL
    var bytes: [UInt8]
    var strings: [String]
    var holes: [Int?]
    var lists: [[Int]]
    var set: Set<String>
    var counts: [String: Int]
    var byID: [UUID: [Bool]]
    var priority: Weekday
    var twice: Int??

    enum Weekday: String, Codable { case monday, tuesday }

    static let sample = EveryField(
        yes: true, int: .min, int8: -128, int16: .max, int32: .min, int64: .max, uint: .max, uint8: 255, uint16: .max,
        uint32: .max, uint64: .max, double: -0.1, float: 1.5, string: "Grüße 👋", uuid: UUID(),
        date: Date(timeIntervalSince1970: 1_763_683_200.25), data: Data([0, 255, 7]),
        url: URL(filePath: "/tmp/a b"), bytes: [1, 2, 3], strings: ["", "a"], holes: [1, nil, 3],
        lists: [[], [1], [2, 3]], set: ["x", "y"], counts: ["a": 1, "b": -2], byID: [UUID(): [true, false]],
        priority: .tuesday, twice: .some(nil))
}

struct EveryOptional: BusMessage, Codable, Equatable {
    var yes: Bool?
    var int: Int?
    var int8: Int8?
    var int16: Int16?
    var int32: Int32?
    var int64: Int64?
    var uint: UInt?
    var uint8: UInt8?
    var uint16: UInt16?
    var uint32: UInt32?
    var uint64: UInt64?
    var double: Double?
    var float: Float?
    var string: String?
    var uuid: UUID?
    var date: Date?
    var data: Data?
    var bytes: [UInt8]?
    var list: [String]?
    var counts: [String: Int]?
    var handmade: Handmade?
    var drawing: Drawing?
    var weekday: EveryField.Weekday?

    static let fieldCount = 23

    init(present: Bool) {
        guard present else { return }
        let field = EveryField.sample
        (yes, int, int8, int16, int32, int64) = (false, 0, field.int8, field.int16, field.int32, field.int64)
        (uint, uint8, uint16, uint32, uint64) = (field.uint, field.uint8, field.uint16, field.uint32, field.uint64)
        (double, float, string, uuid, date) = (0, field.float, "", field.uuid, field.date)
        (data, bytes, list, counts) = (field.data, [], ["a"], field.counts)
        (handmade, drawing, weekday) = (Handmade(number: 4), Drawing(shape: .circle(radius: 1), name: ""), .monday)
    }
}

/// An enum whose cases carry values.
indirect enum Shape: Codable, Equatable, Sendable {
    case point
    case circle(radius: Int)
    case box(width: Int, height: Int?)
    case group([Shape])
}

struct Drawing: BusMessage, Codable, Equatable {
    var shape: Shape
    var name: String
}

/// `Codable`, but with a form of its own on the bus.
struct Handmade: BusMessage, Codable, Equatable {
    static let mark: UInt8 = 0xAB
    var number: UInt8

    init(number: UInt8) { self.number = number }

    init(from reader: inout MessageReader) throws {
        guard try reader.read(UInt8.self) == Handmade.mark else { throw MalformedMessage("no mark") }
        number = try reader.read()
    }

    func write(to writer: inout MessageWriter) {
        writer.write(Handmade.mark)
        writer.write(number)
    }
}

struct Nested: BusMessage, Codable, Equatable {
    var handmade: Handmade
    var list: [Handmade]
    var maybe: Handmade?
    var drawing: Drawing
}

struct Wide: BusMessage, Codable {
    var number: Int
}

struct Narrow: BusMessage, Codable {
    var number: UInt8
}

/// The same numbers every time, so that a failure can be repeated. SplitMix64.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
