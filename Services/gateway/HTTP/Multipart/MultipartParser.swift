import Bus
import Contracts
import Foundation
import Hummingbird

/// Parts of a `multipart/form-data` body (RFC 7578) as their bytes come in, however these are cut. It holds no more than
/// one part's headers, or a few bytes less than a boundary.
struct MultipartParser {
    enum Event: Equatable {
        case begin(MultipartHead)
        case bytes(ByteBuffer)
        case end
    }

    private enum State {
        case preamble, headers, body, epilogue
    }

    /// Of one part, in bytes: a file's name may have 10 000 characters, each of which is three bytes.
    static let mostHeaderBytes = 65_536
    private static let mostPreambleBytes = 65_536

    /// `CR LF -- boundary`
    private let delimiter: [UInt8]
    /// The first boundary may stand at the very beginning.
    private var pending = ByteBuffer(string: "\r\n")
    private var state = State.preamble
    private var skipped = 0

    init(boundary: String) {
        delimiter = Array("\r\n--\(boundary)".utf8)
    }

    /// The last boundary has come.
    var isFinished: Bool { state == .epilogue }

    /// - Throws: `.inputMalformed`.
    mutating func take(_ part: ByteBuffer) throws -> [Event] {
        if state == .epilogue { return [] }
        pending.writeImmutableBuffer(part)
        var events: [Event] = []
        while try step(&events) {}
        pending.discardReadBytes()
        return events
    }

    /// - Returns: whether there may be more to do.
    private mutating func step(_ events: inout [Event]) throws -> Bool {
        switch state {
        case .preamble:
            guard let start = find(delimiter) else {
                let count = max(0, pending.readableBytes - delimiter.count + 1)
                skipped += count
                guard skipped <= Self.mostPreambleBytes else { throw Self.malformed("has no boundary") }
                pending.moveReaderIndex(forwardBy: count)
                return false
            }
            return try passDelimiter(at: start)
        case .headers: return try readHeaders(&events)
        case .body:
            guard let start = find(delimiter) else {
                let count = pending.readableBytes - delimiter.count + 1
                if count > 0, let bytes = pending.readSlice(length: count) { events.append(.bytes(bytes)) }
                return false
            }
            if start > 0, let bytes = pending.readSlice(length: start) { events.append(.bytes(bytes)) }
            guard try passDelimiter(at: 0) else { return false }
            events.append(.end)
            return true
        case .epilogue:
            pending.clear()
            return false
        }
    }

    /// - Returns: false when what follows the boundary has not come yet; then nothing is taken.
    private mutating func passDelimiter(at start: Int) throws -> Bool {
        let after = pending.readerIndex + start + delimiter.count
        let known = pending.writerIndex - after
        guard known >= 2 else { return false }
        var place = after
        if pending.getInteger(at: place, as: UInt16.self) == 0x2D2D {
            state = .epilogue
            return true
        }
        while place < pending.writerIndex, let byte = pending.getInteger(at: place, as: UInt8.self),
            byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t")
        {
            place += 1
        }
        guard place - after <= 256 else { throw Self.malformed("has a boundary that goes on") }
        guard pending.writerIndex - place >= 2 else { return false }
        guard pending.getInteger(at: place, as: UInt16.self) == 0x0D0A else {
            throw Self.malformed("has a boundary that goes on")
        }
        // The end of that line stays: headers begin behind it, and a part without any ends with the next one.
        pending.moveReaderIndex(to: place)
        state = .headers
        return true
    }

    private mutating func readHeaders(_ events: inout [Event]) throws -> Bool {
        guard let size = find(Array("\r\n\r\n".utf8)) else {
            guard pending.readableBytes <= Self.mostHeaderBytes else { throw Self.malformed("has too long headers") }
            return false
        }
        guard size <= Self.mostHeaderBytes, let text = pending.readString(length: size) else {
            throw Self.malformed("has too long headers")
        }
        pending.moveReaderIndex(forwardBy: 4)
        events.append(.begin(try MultipartHead(text)))
        state = .body
        return true
    }

    /// Where these bytes first stand, from the reader on.
    private func find(_ bytes: [UInt8]) -> Int? {
        pending.withUnsafeReadableBytes { buffer in
            guard let base = buffer.baseAddress, buffer.count >= bytes.count else { return nil }
            var place = 0
            while place <= buffer.count - bytes.count {
                guard let next = memchr(base + place, Int32(bytes[0]), buffer.count - bytes.count - place + 1) else {
                    return nil
                }
                place = base.distance(to: UnsafeRawPointer(next))
                if buffer[place..<place + bytes.count].elementsEqual(bytes) { return place }
                place += 1
            }
            return nil
        }
    }

    static func malformed(_ problem: String) -> Fault {
        Fault(.inputMalformed, "The multipart body \(problem)")
    }
}
