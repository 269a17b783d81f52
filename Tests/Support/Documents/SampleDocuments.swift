import Foundation

/// Files of every format that agents can know, made of a few lines of text; and some that nobody should have to read.
package enum SampleDocuments {
    /// Lower-case names without a dot, and the bytes of a file with that text.
    package static func all(_ text: String) throws -> [(suffix: String, bytes: [UInt8])] {
        [
            ("pdf", pdf([text])), ("doc", doc(text)), ("docx", try docx(text)),
            ("html", Array("<html><head><style>p{}</style></head><body><h1>Shop</h1><p>\(text)</p></body>".utf8)),
            ("md", Array("# Shop\n\n\(text)\n".utf8)), ("txt", Array(text.utf8)),
        ]
    }

    /// One page for each text of ASCII without parentheses.
    package static func pdf(_ pages: [String]) -> [UInt8] {
        let kids = pages.indices.map { "\(4 + 2 * $0) 0 R" }.joined(separator: " ")
        var objects = [
            "<< /Type /Catalog /Pages 2 0 R >>", "<< /Type /Pages /Kids [\(kids)] /Count \(pages.count) >>",
            "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
        ]
        for (index, text) in pages.enumerated() {
            let stream = "BT /F1 12 Tf 72 700 Td (\(text)) Tj ET"
            objects.append(
                "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents \(5 + 2 * index) 0 R "
                    + "/Resources << /Font << /F1 3 0 R >> >> >>")
            objects.append("<< /Length \(stream.utf8.count) >>\nstream\n\(stream)\nendstream")
        }
        var file = "%PDF-1.4\n"
        var offsets = ""
        for (index, object) in objects.enumerated() {
            offsets += String(format: "%010d 00000 n \n", file.utf8.count)
            file += "\(index + 1) 0 obj\n\(object)\nendobj\n"
        }
        let size = objects.count + 1
        let table = "xref\n0 \(size)\n0000000000 65535 f \n\(offsets)"
        return Array(
            "\(file)\(table)trailer\n<< /Size \(size) /Root 1 0 R >>\nstartxref\n\(file.utf8.count)\n%%EOF\n".utf8)
    }

    /// A page of which one object stands for many others: its pages are counted in billions.
    package static func pageBomb() -> [UInt8] {
        var objects = ["<< /Type /Catalog /Pages 2 0 R >>"]
        for level in 2..<12 {
            let kids = Array(repeating: "\(level + 1) 0 R", count: 10).joined(separator: " ")
            objects.append("<< /Type /Pages /Kids [\(kids)] /Count 10000000000 >>")
        }
        objects.append("<< /Type /Page /MediaBox [0 0 612 792] >>")
        let body = objects.enumerated().map { "\($0 + 1) 0 obj\n\($1)\nendobj\n" }.joined()
        return Array("%PDF-1.4\n\(body)trailer\n<< /Size \(objects.count + 1) /Root 1 0 R >>\n%%EOF\n".utf8)
    }

    /// Word 97: an OLE file with the stream `WordDocument`, of text in Windows-1252.
    package static func doc(_ text: String) -> [UInt8] {
        let textStart = 0x400
        var stream = [UInt8](repeating: 0, count: textStart) + Array(text.utf8) + [0x0D]
        let textEnd = stream.count
        stream += [UInt8](repeating: 0, count: max(4096, (stream.count + 511) / 512 * 512) - stream.count)
        stream.put(0xA5EC, at: 0, bytes: 2)
        stream.put(0x00C1, at: 2, bytes: 2)
        stream.put(textStart, at: 0x18, bytes: 4)
        stream.put(textEnd, at: 0x1C, bytes: 4)
        let sectors = stream.count / 512
        var header = [UInt8](repeating: 0, count: 512)
        header.replaceSubrange(0..<8, with: [0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1])
        let numbers = [
            (0x18, 0x3E, 2), (0x1A, 3, 2), (0x1C, 0xFFFE, 2), (0x1E, 9, 2), (0x20, 6, 2), (0x2C, 1, 4), (0x30, 1, 4),
            (0x38, 4096, 4), (0x3C, endOfChain, 4), (0x44, endOfChain, 4), (0x4C, 0, 4),
        ]
        for (place, number, bytes) in numbers { header.put(number, at: place, bytes: bytes) }
        for place in stride(from: 0x50, to: 512, by: 4) { header.put(0xFFFF_FFFF, at: place, bytes: 4) }
        var table = [UInt8](repeating: 0xFF, count: 512)
        table.put(0xFFFF_FFFD, at: 0, bytes: 4)
        table.put(endOfChain, at: 4, bytes: 4)
        for sector in 0..<sectors {
            table.put(sector == sectors - 1 ? endOfChain : sector + 3, at: 8 + 4 * sector, bytes: 4)
        }
        let folder =
            entry("Root Entry", type: 5, child: 1, start: endOfChain, size: 0)
            + entry("WordDocument", type: 2, child: 0xFFFF_FFFF, start: 2, size: stream.count)
            + [UInt8](repeating: 0, count: 256)
        return header + table + folder + stream
    }

    private static let endOfChain = 0xFFFF_FFFE

    private static func entry(_ name: String, type: UInt8, child: Int, start: Int, size: Int) -> [UInt8] {
        var entry = [UInt8](repeating: 0, count: 128)
        for (place, unit) in name.utf16.enumerated() { entry.put(Int(unit), at: 2 * place, bytes: 2) }
        entry.put(2 * (name.utf16.count + 1), at: 0x40, bytes: 2)
        entry[0x42] = type
        entry[0x43] = 1
        entry.put(0xFFFF_FFFF, at: 0x44, bytes: 4)
        entry.put(0xFFFF_FFFF, at: 0x48, bytes: 4)
        entry.put(child, at: 0x4C, bytes: 4)
        entry.put(start, at: 0x74, bytes: 4)
        entry.put(size, at: 0x78, bytes: 4)
        return entry
    }

    package static func docx(_ text: String) throws -> [UInt8] {
        try docx(xml: "<w:p><w:r><w:t>\(text)</w:t></w:r></w:p>")
    }

    /// - Parameter prologue: before the document's root, such as a `DOCTYPE`.
    package static func docx(xml: String, prologue: String = "") throws -> [UInt8] {
        let space = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
        let document = "<w:document xmlns:w=\"\(space)\"><w:body>\(xml)</w:body></w:document>"
        return try zip(
            "word/document.xml", "sys.stdin.buffer.read()", input: "<?xml version=\"1.0\"?>\(prologue)\(document)")
    }

    /// A small file that unpacks to 300 MB.
    package static func zipBomb() throws -> [UInt8] {
        try zip("word/document.xml", "b' ' * 300_000_000", input: "")
    }

    /// Ten billion words in half a kilobyte.
    package static func entityBomb() throws -> [UInt8] {
        let entities = (1..<10).map { level in
            let value = String(repeating: level == 1 ? "lol" : "&l\(level - 1);", count: 10)
            return "<!ENTITY l\(level) \"\(value)\">"
        }.joined()
        return try docx(xml: "<w:p><w:r><w:t>&l9;</w:t></w:r></w:p>", prologue: "<!DOCTYPE w [\(entities)]>")
    }

    /// Packs one file, in Python since Foundation cannot.
    private static func zip(_ name: String, _ content: String, input: String) throws -> [UInt8] {
        let program = """
            import io, sys, zipfile
            packed = io.BytesIO()
            with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
                archive.writestr("[Content_Types].xml", "<Types/>")
                archive.writestr("\(name)", \(content))
            sys.stdout.buffer.write(packed.getvalue())
            """
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["python3", "-c", program]
        let (into, out) = (Pipe(), Pipe())
        (process.standardInput, process.standardOutput) = (into, out)
        try process.run()
        into.fileHandleForWriting.write(Data(input.utf8))
        try into.fileHandleForWriting.close()
        let bytes = out.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return Array(bytes)
    }
}

extension [UInt8] {
    /// Little-endian.
    fileprivate mutating func put(_ number: Int, at place: Int, bytes: Int) {
        for index in 0..<bytes { self[place + index] = UInt8(truncatingIfNeeded: number >> (8 * index)) }
    }
}

/// A body of `multipart/form-data`.
package struct FormBody: Sendable {
    package static let boundary = "----test-7d93b1"
    package static let contentType = "multipart/form-data; boundary=\(boundary)"
    package private(set) var bytes: [UInt8] = []

    package init() {}

    package mutating func add(_ name: String, _ text: String) {
        append("Content-Disposition: form-data; name=\"\(name)\"", Array(text.utf8))
    }

    package mutating func add(_ name: String, file: String, _ content: [UInt8]) {
        append(
            "Content-Disposition: form-data; name=\"\(name)\"; filename=\"\(file)\"\r\n"
                + "Content-Type: application/octet-stream", content)
    }

    /// With the last boundary.
    package var finished: [UInt8] { bytes + Array("--\(Self.boundary)--\r\n".utf8) }

    private mutating func append(_ headers: String, _ content: [UInt8]) {
        bytes += Array("--\(Self.boundary)\r\n\(headers)\r\n\r\n".utf8) + content + [0x0D, 0x0A]
    }
}

extension APIClient {
    /// Sends a form.
    package func post(_ path: String, form: FormBody, key: String? = nil) async throws -> APIAnswer {
        try await send(
            "POST", path,
            headers: ["Content-Type": FormBody.contentType].merging(key.map { ["Idempotency-Key": $0] } ?? [:]) { $1 },
            body: form.finished)
    }
}
