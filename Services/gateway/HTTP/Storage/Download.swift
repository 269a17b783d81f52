import Bus
import Contracts
import Hummingbird

/// An object that a route hands out.
package struct Download: Sendable {
    package var key: String
    package var area: StorageArea
    /// Bytes of all of it.
    package var size: Int
    package var contentType: String
    /// As a browser saves it: `[A-Za-z0-9._-]`.
    package var fileName: String
    /// With its quotes; the same for the same bytes only.
    package var entityTag: String

    package init(
        key: String, area: StorageArea, size: Int, contentType: String, fileName: String, entityTag: String
    ) {
        self.key = key
        self.area = area
        self.size = size
        self.contentType = contentType
        self.fileName = fileName
        self.entityTag = entityTag
    }
}

extension RouteInput {
    /// How many bytes may be written before the connection's thread has seen them.
    private static let unseenBytes = 1024 * 1024

    /// The object, or the piece that `Range` asks for, part by part; 304 where the asker has it, 416 where there is no
    /// such piece.
    /// - Parameter missing: when its bytes are not there.
    package func answer(_ download: Download, orElse missing: FaultCode) async throws -> Answer {
        if let known = header(.ifNoneMatch), Self.names(download.entityTag, in: known) {
            var answer = Answer(status: .notModified, contentType: "", body: ResponseBody())
            answer.headers[.eTag] = download.entityTag
            return answer
        }
        // With another version in mind a piece would not fit to what is there.
        let fits = header(.ifRange).map { $0 == download.entityTag } ?? true
        let range = ByteRange(fits ? header(.range) : nil, size: download.size)
        let piece: Range<Int>
        switch range {
        case .outside: return Self.unsatisfiable(download)
        case .whole: piece = 0..<download.size
        case .part(let part): piece = part
        }
        guard let bytes = try await storage.bytes(of: download.key, in: download.area, range: piece),
            bytes.size == download.size
        else { throw Fault(missing) }
        var answer = Answer(
            status: range == .whole ? .ok : .partialContent, contentType: download.contentType,
            body: ResponseBody(contentLength: piece.count) { writer in
                var unseen = 0
                while let part = try await bytes.next() {
                    unseen += part.readableBytes
                    try await writer.write(part)
                    guard unseen >= Self.unseenBytes else { continue }
                    try await Connection.current?.awaitWrites()
                    unseen = 0
                }
                try await writer.finish(nil)
            })
        answer.headers[.acceptRanges] = "bytes"
        answer.headers[.eTag] = download.entityTag
        answer.headers[.contentDisposition] = "attachment; filename=\"\(download.fileName)\""
        if range != .whole {
            answer.headers[.contentRange] = "bytes \(piece.lowerBound)-\(piece.upperBound - 1)/\(download.size)"
        }
        return answer
    }

    private static func names(_ tag: String, in list: String) -> Bool {
        list.split(separator: ",").contains { item in
            let item = item.drop { $0 == " " }.prefix { $0 != " " }
            return item == "*" || item == tag || item.dropFirst(2) == tag && item.hasPrefix("W/")
        }
    }

    private static func unsatisfiable(_ download: Download) -> Answer {
        let body = DefaultRefusal.body(
            status: 416, code: "VALIDATION_001", message: "There are only \(download.size) bytes", details: "Range")
        var answer = Answer(status: .rangeNotSatisfiable, body: ResponseBody(byteBuffer: body))
        answer.headers[.contentRange] = "bytes */\(download.size)"
        answer.headers[.acceptRanges] = "bytes"
        return answer
    }
}
