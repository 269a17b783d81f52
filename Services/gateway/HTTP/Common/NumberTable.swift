import Contracts
import Hummingbird

/// Phone numbers out of CSV (RFC 4180): the column that a header row names, else the first one.
///
/// Commas, semicolons and tabs separate cells; lines end with CRLF, LF or CR; empty lines are passed over. A text that is no phone
/// number is read like any other: whoever adds the numbers says what is wrong with it, by its line.
package struct NumberTable: Sendable {
    /// In lower case; the first row is a header when one of its cells is one of these.
    private static let headings: Set<String> = [
        "phone_number", "phone_numbers", "phonenumber", "phone number", "phone", "number", "numbers", "telephone",
        "tel", "mobile", "msisdn",
    ]
    /// Characters of a text that is kept to be told of; no number is as long.
    private static let longest = 200

    package private(set) var numbers: [GivenNumber] = []

    private var column = 0
    private var isFirst = true
    private var cells: [[UInt8]] = []
    private var cell: [UInt8] = []
    private var isQuoted = false
    /// 1 or more.
    private var line = 1
    private var startLine = 1

    package init(csv buffer: ByteBuffer) {
        let view = buffer.readableBytesView
        var bytes = view[...]
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { bytes = bytes.dropFirst(3) }
        var previous: UInt8 = 0
        var index = bytes.startIndex
        while index < bytes.endIndex {
            let byte = bytes[index]
            read(byte, after: previous)
            previous = byte
            index = bytes.index(after: index)
        }
        endRow()
    }

    private mutating func read(_ byte: UInt8, after previous: UInt8) {
        let isLineEnd = byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r")
        let isSecondHalf = byte == UInt8(ascii: "\n") && previous == UInt8(ascii: "\r")
        if isLineEnd, !isSecondHalf { line += 1 }
        if isQuoted {
            if byte == UInt8(ascii: "\"") { isQuoted = false } else { cell.append(byte) }
            return
        }
        switch byte {
        case UInt8(ascii: "\""):
            // The second of two within quotes stands for one.
            if previous == UInt8(ascii: "\"") { cell.append(byte) }
            isQuoted = true
        case UInt8(ascii: ","), UInt8(ascii: ";"), UInt8(ascii: "\t"): endCell()
        case UInt8(ascii: "\n") where isSecondHalf: startLine = line
        case _ where isLineEnd:
            endRow()
            startLine = line
        default: cell.append(byte)
        }
    }

    private mutating func endCell() {
        cells.append(cell)
        cell.removeAll(keepingCapacity: true)
    }

    private mutating func endRow() {
        endCell()
        defer { cells.removeAll(keepingCapacity: true) }
        let texts = cells.map { String(decoding: $0, as: UTF8.self).trimmed }
        guard texts.contains(where: { !$0.isEmpty }) else { return }
        if isFirst {
            isFirst = false
            if let heading = texts.firstIndex(where: { Self.headings.contains($0.lowercased()) }) {
                column = heading
                return
            }
        }
        let text = column < texts.count ? texts[column] : ""
        numbers.append(GivenNumber(line: startLine, text: String(text.prefix(Self.longest))))
    }
}
