import Contracts
import Foundation

/// A letter as it goes over the wire: RFC 5322 and MIME, in ASCII, lines ending with CRLF.
struct MailText: Sendable {
    let bytes: [UInt8]

    /// - Parameters:
    ///   - id: the same for every attempt, so that a letter that comes twice can be told.
    ///   - createdAt: shown as its date, in UTC.
    init(_ letter: Letter, from sender: MailSender, id: UUID, createdAt: Timestamp) {
        let body = MailBody(letter.text)
        let domain = sender.address.text.drop { $0 != "@" }.dropFirst()
        let headers = [
            "Date: \(Self.date(createdAt))", "From: \(sender.headerText)", "To: <\(Self.address(letter.recipient))>",
            "Subject: \(EncodedWords.text(letter.subject))", "Message-ID: <\(id.uuidString.lowercased())@\(domain)>",
            "MIME-Version: 1.0", "Content-Type: text/plain; charset=utf-8",
            "Content-Transfer-Encoding: \(body.encoding)", "Auto-Submitted: auto-generated", "", "",
        ]
        bytes = Array(headers.joined(separator: "\r\n").utf8) + body.bytes
    }

    /// The lines with a second dot before a leading one, and the line that ends them (RFC 5321, 4.5.2).
    var stuffed: [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count + 16)
        var isLineStart = true
        for byte in bytes {
            if isLineStart, byte == UInt8(ascii: ".") { result.append(byte) }
            result.append(byte)
            isLineStart = byte == UInt8(ascii: "\n")
        }
        if !isLineStart { result += Array("\r\n".utf8) }
        return result + Array(".\r\n".utf8)
    }

    /// What could end the line is left out, whatever was stored.
    static func address(_ text: String) -> String {
        String(String.UnicodeScalarView(text.unicodeScalars.filter { $0.isVisible && $0 != "<" && $0 != ">" }))
    }

    private static let days = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]
    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]

    /// `Sat, 21 Nov 2026 07:38:39 +0000`
    static func date(_ moment: Timestamp) -> String {
        let text = moment.text
        let parts = text.prefix(19).split { !$0.isNumber }
        guard parts.count == 6, let month = Int(parts[1]), months.indices.contains(month - 1) else { return text }
        let day = moment.microseconds.flooredDivision(by: 86_400_000_000)
        let weekday = days[Int(((day % 7) + 7) % 7)]
        let time = parts[3...].joined(separator: ":")
        return "\(weekday), \(parts[2]) \(months[month - 1]) \(parts[0]) \(time) +0000"
    }
}

/// Who letters are from: `Name <address>` or an address alone.
struct MailSender: Sendable, Equatable {
    let name: String
    let address: EmailAddress

    /// Nil for a text that is no address in ASCII.
    init?(_ text: String) {
        var (name, address) = ("", text)
        if text.hasSuffix(">"), let start = text.lastIndex(of: "<") {
            name = text[..<start].trimmingCharacters(in: CharacterSet(charactersIn: " \""))
            address = String(text[text.index(after: start)...].dropLast())
        }
        guard let address = try? EmailAddress(address), address.text.utf8.allSatisfy({ $0 < 0x80 }),
            name.unicodeScalars.allSatisfy({ $0.properties.generalCategory != .control })
        else { return nil }
        (self.name, self.address) = (name, address)
    }

    fileprivate var headerText: String {
        name.isEmpty ? "<\(address.text)>" : "\(EncodedWords.phrase(name)) <\(address.text)>"
    }
}

/// Text in a header beyond plain ASCII (RFC 2047).
enum EncodedWords {
    /// What one word holds before base 64 makes it 4/3 as long: a line of 78 characters in all, `Subject: ` with it.
    private static let mostBytes = 42

    /// For a subject: as it is where that is short and plain, else in words of base 64, one a line.
    static func text(_ text: String) -> String {
        let isPlain = text.utf8.allSatisfy { (0x20...0x7E).contains($0) } && !text.contains("=?")
        return isPlain && text.utf8.count <= 900 ? text : words(text)
    }

    /// For a name before an address.
    static func phrase(_ name: String) -> String {
        let isAtoms = name.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: " "), UInt8(ascii: "-"):
                true
            default: false
            }
        }
        return isAtoms ? name : words(name)
    }

    /// Never cuts a character in two.
    private static func words(_ text: String) -> String {
        var words: [[UInt8]] = [[]]
        for scalar in text.unicodeScalars {
            let bytes = Array(String(scalar).utf8)
            if words[words.count - 1].count + bytes.count > mostBytes { words.append([]) }
            words[words.count - 1] += bytes
        }
        return words.map { "=?utf-8?B?\(Data($0).base64EncodedString())?=" }.joined(separator: "\r\n ")
    }
}

/// A text as the body of a letter: as it is where that is plain ASCII in short lines, else quoted-printable (RFC 2045).
struct MailBody: Sendable {
    private static let longestLine = 76
    private static let longestPlainLine = 900

    let encoding: String
    let bytes: [UInt8]

    /// - Parameter text: lines end with `\n`.
    init(_ text: String) {
        let lines = text.replacingOccurrences(of: "\r\n", with: "\n").utf8
            .split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).map { Array($0) }
        let isPlain = lines.allSatisfy { line in
            line.count <= Self.longestPlainLine && line.allSatisfy { (0x20...0x7E).contains($0) || $0 == 0x09 }
        }
        encoding = isPlain ? "7bit" : "quoted-printable"
        bytes = Array((isPlain ? lines : lines.map(Self.quoted)).joined(separator: Array("\r\n".utf8)))
    }

    private static func quoted(_ line: [UInt8]) -> [UInt8] {
        var result: [UInt8] = []
        var width = 0
        for (index, byte) in line.enumerated() {
            let isLast = index == line.count - 1
            let isSpace = byte == 0x20 || byte == 0x09
            let isPlain = (0x21...0x7E).contains(byte) && byte != UInt8(ascii: "=") || isSpace && !isLast
            let piece = isPlain ? [byte] : Array(String(format: "=%02X", byte).utf8)
            // Room for the mark of a line that goes on.
            if width + piece.count > longestLine - (isLast ? 0 : 1) {
                result += Array("=\r\n".utf8)
                width = 0
            }
            result += piece
            width += piece.count
        }
        return result
    }
}
