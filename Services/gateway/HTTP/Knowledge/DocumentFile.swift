import Bus
import Contracts
import Foundation
import Hummingbird

/// What is known of a file before it is stored: its name, made harmless, and its format, by name and first bytes.
struct DocumentFile: Equatable {
    /// Enough to tell formats apart.
    static let headBytes = 4096
    static let longestName = 255

    let name: String
    let format: DocumentFormat

    /// - Throws: `.inputInvalid` for a name that tells no known format, or bytes that are of another one.
    init(name given: String, head: ByteBuffer) throws {
        name = Self.harmless(given)
        let suffix = name.split(separator: ".").last.map { $0.lowercased() } ?? ""
        guard name.contains("."), let format = Self.formats[suffix] else {
            throw Fault.invalid("files", "must be of pdf, doc, docx, txt, md, html; \"\(Self.shown(name))\" is not")
        }
        guard Self.isPlausible(format, Array(head.readableBytesView.prefix(Self.headBytes))) else {
            throw Fault.invalid("files", "must be what their names say; \"\(Self.shown(name))\" is no \(suffix) file")
        }
        self.format = format
    }

    private static let formats: [String: DocumentFormat] = [
        "pdf": .pdf, "doc": .doc, "docx": .docx, "html": .html, "htm": .html, "md": .md, "markdown": .md, "txt": .txt,
    ]

    private static func isPlausible(_ format: DocumentFormat, _ head: [UInt8]) -> Bool {
        switch format {
        case .pdf: String(decoding: head.prefix(1024), as: UTF8.self).contains("%PDF-")
        case .doc: head.starts(with: [0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1])
        case .docx: head.starts(with: [0x50, 0x4B, 0x03, 0x04])
        case .html, .md, .txt:
            // UTF-16 has a mark at its beginning; no other text has a zero.
            head.starts(with: [0xFF, 0xFE]) || head.starts(with: [0xFE, 0xFF]) || !head.contains(0)
        }
    }

    /// The last part of a path, without what nobody can see, and not too long: its end says what it is.
    static func harmless(_ given: String) -> String {
        let last = given.split { $0 == "/" || $0 == "\\" }.last ?? ""
        let hidden: Set<Unicode.GeneralCategory> = [.control, .format, .lineSeparator, .paragraphSeparator, .surrogate]
        let shown = last.unicodeScalars.filter { !hidden.contains($0.properties.generalCategory) }
        let name = String(String.UnicodeScalarView(shown)).trimmingCharacters(in: .whitespaces)
        let scalars = name.unicodeScalars
        guard scalars.count > longestName else { return name.isEmpty ? "document" : name }
        let suffix = name.split(separator: ".").last.map { ".\($0)" } ?? ""
        guard suffix.unicodeScalars.count <= 16 else { return String(scalars.prefix(longestName)) }
        return String(scalars.prefix(longestName - suffix.unicodeScalars.count)) + suffix
    }

    private static func shown(_ name: String) -> String {
        name.count > 80 ? "\(name.prefix(40))…\(name.suffix(20))" : name
    }
}

extension DocumentFormat {
    var contentType: String {
        switch self {
        case .pdf: "application/pdf"
        case .doc: "application/msword"
        case .docx: "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
        case .html: "text/html"
        case .md: "text/markdown"
        case .txt: "text/plain"
        }
    }
}
