import CExtraction
import Glibc

/// The paragraphs of a Word document (Office Open XML).
enum WordDocument {
    /// Of its XML, unpacked: a small file may hold gigabytes.
    private static let largestPart = 64 << 20
    private static let textNode = XML_READER_TYPE_TEXT.rawValue
    private static let spaces = [
        XML_READER_TYPE_SIGNIFICANT_WHITESPACE.rawValue, XML_READER_TYPE_WHITESPACE.rawValue,
    ]

    static func write() throws(Failure) {
        // The reader keeps pointing at it, until the process ends.
        let xml = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: largestPart)
        let size = try unpackMainPart(into: xml)
        let options =
            XML_PARSE_NONET.rawValue | XML_PARSE_NOERROR.rawValue | XML_PARSE_NOWARNING.rawValue
            | XML_PARSE_NOCDATA.rawValue
        let start = UnsafeRawPointer(xml.baseAddress)?.assumingMemoryBound(to: CChar.self)
        guard let reader = xmlReaderForMemory(start, Int32(size), nil, nil, Int32(options)) else { throw .damaged }
        var output = TextOutput()
        var isInText = false
        while true {
            let state = xmlTextReaderRead(reader)
            guard state >= 0 else { throw .damaged }
            if state == 0 { break }
            let kind = UInt32(bitPattern: xmlTextReaderNodeType(reader))
            switch kind {
            // No document has entities of its own, unless somebody wants to harm its reader.
            case XML_READER_TYPE_DOCUMENT_TYPE.rawValue, XML_READER_TYPE_ENTITY_REFERENCE.rawValue: throw .damaged
            case textNode, spaces[0], spaces[1]:
                if isInText { try output.append(text: xmlTextReaderConstValue(reader)) }
            case XML_READER_TYPE_ELEMENT.rawValue:
                let name = name(reader)
                isInText = name == "w:t" && xmlTextReaderIsEmptyElement(reader) == 0
                if name == "w:tab" { try output.append("\t") }
                if name == "w:br" || name == "w:cr" { try output.append("\n") }
            case XML_READER_TYPE_END_ELEMENT.rawValue:
                isInText = false
                if name(reader) == "w:p" { try output.append("\n") }
            default: break
            }
        }
        try output.flush()
    }

    private static func name(_ reader: xmlTextReaderPtr) -> String {
        xmlTextReaderConstName(reader).map { String(decodingCString: $0, as: UTF8.self) } ?? ""
    }

    /// - Returns: how many bytes `word/document.xml` has.
    private static func unpackMainPart(into buffer: UnsafeMutableBufferPointer<UInt8>) throws(Failure) -> Int {
        var code: Int32 = 0
        guard let archive = zip_fdopen(0, 0, &code) else { throw .damaged }
        let place = zip_name_locate(archive, "word/document.xml", 0)
        guard place >= 0, let file = zip_fopen_index(archive, zip_uint64_t(place), 0) else { throw .damaged }
        var size = 0
        while true {
            guard size < buffer.count, let start = buffer.baseAddress else { throw .tooLarge }
            let count = zip_fread(file, start + size, zip_uint64_t(buffer.count - size))
            guard count >= 0 else { throw .damaged }
            if count == 0 { return size }
            size += Int(count)
        }
    }
}
