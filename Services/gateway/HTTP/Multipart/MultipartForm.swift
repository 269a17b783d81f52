import Bus
import Contracts
import Foundation
import Hummingbird

/// A `multipart/form-data` body, part by part. Each part is read to its end, or left, before the next one.
final class MultipartForm: @unchecked Sendable {
    private static let mostParts = 100

    private let body: BodyStream
    private var parser: MultipartParser
    private var events: [MultipartParser.Event] = []
    private var place = 0
    private var parts = 0
    private var isInPart = false

    /// - Throws: `.inputInvalid` for another type, or one without a boundary.
    init(_ body: BodyStream, contentType: String?) throws {
        let (kind, values) = MultipartHead.parameters(contentType ?? "")
        guard kind == "multipart/form-data" else { throw Fault.invalid("Content-Type", "must be multipart/form-data") }
        guard let boundary = values["boundary"], (1...200).contains(boundary.utf8.count),
            boundary.utf8.allSatisfy({ (0x20...0x7E).contains($0) })
        else { throw Fault.invalid("Content-Type", "must name a boundary of at most 200 characters") }
        self.body = body
        parser = MultipartParser(boundary: boundary)
    }

    /// The next part; what was not read of the one before is read over. Nil at the end of the form.
    /// - Throws: `.inputMalformed`, also when the body ends before the form does.
    func next() async throws -> MultipartHead? {
        while let event = try await event() {
            guard case .begin(let head) = event else { continue }
            parts += 1
            guard parts <= Self.mostParts else {
                throw Fault(.tooLarge, "A form may have at most \(Self.mostParts) parts")
            }
            isInPart = true
            return head
        }
        return nil
    }

    /// The next bytes of the part; nil at its end, and from then on.
    func bytes() async throws -> ByteBuffer? {
        guard isInPart, let event = try await event() else { return nil }
        if case .bytes(let bytes) = event { return bytes }
        isInPart = false
        return nil
    }

    /// The whole part as text.
    /// - Throws: `.tooLarge`; `.inputInvalid` unless it is UTF-8 without U+0000.
    func text(_ name: String, atMostBytes limit: Int) async throws -> String {
        var all = ByteBuffer()
        while let part = try await bytes() {
            all.writeImmutableBuffer(part)
            guard all.readableBytes <= limit else {
                throw Fault(.tooLarge, "\(name) may have at most \(limit) bytes", field: name)
            }
        }
        guard let text = String(validating: all.readableBytesView, as: UTF8.self), !text.holdsNUL else {
            throw Fault.invalid(name, "must be a text in UTF-8 without the character U+0000")
        }
        return text
    }

    private func event() async throws -> MultipartParser.Event? {
        while place == events.count {
            guard let part = try await body.next() else {
                guard parser.isFinished else { throw MultipartParser.malformed("ends before its last boundary") }
                return nil
            }
            (events, place) = (try parser.take(part), 0)
        }
        place += 1
        return events[place - 1]
    }
}
