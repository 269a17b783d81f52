import Bus
import Foundation

/// Where a page of a newest-first list ended: the moment and id of its last entry.
package struct PageCursor: Sendable, Codable, Hashable {
    package var at: Timestamp
    package var id: UUID

    package init(at: Timestamp, id: UUID) {
        self.at = at
        self.id = id
    }

    /// Before the newest there can be.
    package static let newest = PageCursor(
        at: Timestamp(microseconds: .max),
        id: UUID(uuid: (255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255)))

    /// URL-safe text without meaning to whoever holds it.
    package var text: String {
        var writer = MessageWriter()
        writer.write(at.microseconds)
        writer.write(id)
        return Data(writer.bytes).base64EncodedString()
            .replacingOccurrences(of: "+", with: "-").replacingOccurrences(of: "/", with: "_")
    }

    /// Nil for a text that is no cursor.
    package init?(text: String) {
        let base64 = text.replacingOccurrences(of: "-", with: "+").replacingOccurrences(of: "_", with: "/")
        guard base64.utf8.count == 32, let data = Data(base64Encoded: base64) else { return nil }
        var reader = MessageReader(Array(data))
        guard let at = try? reader.read(Int64.self), let id = try? reader.read(UUID.self) else { return nil }
        self.init(at: Timestamp(microseconds: at), id: id)
    }
}
