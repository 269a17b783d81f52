import Bus

package enum DocumentEntity {}
package typealias DocumentID = Identifier<DocumentEntity>

/// How far a document is on its way into an agent's knowledge.
package enum DocumentStatus: String, Sendable, Codable, CaseIterable {
    /// It waits, for its turn or for the scanner.
    case pending
    case processing
    case ready
    case failed
}

/// A document of the knowledge was added, moved on, or was deleted.
package struct DocumentChanged: LoggedEvent, Codable, Equatable {
    package static let kind = "document-changed.v1"

    package var id: DocumentID
    package var name: String
    /// Nil: deleted.
    package var status: DocumentStatus?
    /// 0–100.
    package var progressPercent: Int
    /// Why it failed, or what it waits for.
    package var reason: String?

    package init(id: DocumentID, name: String, status: DocumentStatus?, progressPercent: Int, reason: String? = nil) {
        self.id = id
        self.name = name
        self.status = status
        self.progressPercent = progressPercent
        self.reason = reason
    }
}
