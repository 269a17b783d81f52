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

/// Where a document comes from.
package enum DocumentKind: String, Sendable, Codable, CaseIterable {
    case file
    /// Pages of a site, fetched by the service.
    case website
    /// Questions with their answers.
    case faq
}

/// How the bytes of a document are to be read.
package enum DocumentFormat: String, Sendable, Codable, CaseIterable {
    case pdf, doc, docx, html, md, txt
}

/// A document of a workspace's knowledge. Its bytes lie among the stack's objects and never cross the bus.
package struct DocumentRecord: BusMessage, Codable, Equatable {
    package var id: DocumentID
    /// Nil: every agent of the workspace knows it.
    package var agentID: AgentID?
    package var kind: DocumentKind
    /// 1–255 characters.
    package var name: String
    /// Nil for a website.
    package var format: DocumentFormat?
    /// Of a website.
    package var sourceURL: String?
    /// Of a file and of questions; nil for a website.
    package var sizeBytes: Int?
    package var status: DocumentStatus
    /// 0–100.
    package var progressPercent: Int
    /// Why it failed, or what it waits for.
    package var reason: String?
    /// Pieces that can be found; 0 until it is ready.
    package var passages: Int
    package var createdBy: PersonID?
    package var createdAt: Timestamp
    package var updatedAt: Timestamp

    package init(
        id: DocumentID, agentID: AgentID?, kind: DocumentKind, name: String, format: DocumentFormat?,
        sourceURL: String? = nil, sizeBytes: Int? = nil, status: DocumentStatus = .pending, progressPercent: Int = 0,
        reason: String? = nil, passages: Int = 0, createdBy: PersonID?, createdAt: Timestamp, updatedAt: Timestamp
    ) {
        self.id = id
        self.agentID = agentID
        self.kind = kind
        self.name = name
        self.format = format
        self.sourceURL = sourceURL
        self.sizeBytes = sizeBytes
        self.status = status
        self.progressPercent = progressPercent
        self.reason = reason
        self.passages = passages
        self.createdBy = createdBy
        self.createdAt = createdAt
        self.updatedAt = updatedAt
    }
}

/// Before the bytes of documents are stored: under which keys.
package struct BeginDocuments: BusRequest, Codable {
    package static let subject: Subject = "agents.begin-documents.v1"
    package static let priority = AdmissionPriority.ingest
    package static let isRepeatable = true
    package typealias Reply = DocumentPlaces

    /// 1–20.
    package var count: Int

    package init(count: Int) {
        self.count = count
    }
}

/// Where the bytes of documents go.
package struct DocumentPlaces: BusMessage, Codable, Equatable {
    /// Never given twice; of no use after 12 hours.
    package var keys: [String]

    package init(keys: [String]) {
        self.keys = keys
    }
}

/// Bytes that are stored and verified.
package struct NewDocument: Sendable, Codable, Equatable {
    /// As `BeginDocuments` gave it; each is of use once.
    package var key: String
    package var kind: DocumentKind
    /// 1–255 characters.
    package var name: String
    package var format: DocumentFormat
    /// At least 1.
    package var sizeBytes: Int
    /// 32 bytes.
    package var sha256: [UInt8]

    package init(
        key: String, kind: DocumentKind, name: String, format: DocumentFormat, sizeBytes: Int, sha256: [UInt8]
    ) {
        self.key = key
        self.kind = kind
        self.name = name
        self.format = format
        self.sizeBytes = sizeBytes
        self.sha256 = sha256
    }
}

/// After their bytes are stored: documents that an agent is to know, all of them or none.
/// - Faults: `.agentNotFound`, `.nothingToSetUp` when no agent is named and there is none, `.inputInvalid` for a key
///   that was not given or a website that must not be fetched, `.keyReused`, `.stillRunning`.
package struct AddDocuments: BusRequest, Codable {
    package static let subject: Subject = "agents.add-documents.v1"
    package static let priority = AdmissionPriority.ingest
    package typealias Reply = Outcome<DocumentList>

    /// Nil: the newest agent that is a draft, else the newest.
    package var agentID: AgentID?
    /// Together with websites 1–30.
    package var documents: [NewDocument]
    /// Addresses to begin at.
    package var websites: [String]
    package var idempotency: IdempotencyKey?

    package init(
        agentID: AgentID?, documents: [NewDocument], websites: [String] = [], idempotency: IdempotencyKey? = nil
    ) {
        self.agentID = agentID
        self.documents = documents
        self.websites = websites
        self.idempotency = idempotency
    }
}

package struct DocumentList: BusMessage, Codable, Equatable {
    package var documents: [DocumentRecord]

    package init(documents: [DocumentRecord]) {
        self.documents = documents
    }
}

/// Documents of the caller's workspace, newest first.
package struct ListDocuments: BusRequest, Codable {
    package static let subject: Subject = "agents.list-documents.v1"
    package static let isRepeatable = true
    package typealias Reply = DocumentPage

    /// Only what this agent was given.
    package var agentID: AgentID?
    package var status: DocumentStatus?
    /// 1–1000.
    package var limit: Int
    /// How many to leave out; ignored with a cursor.
    package var offset: Int
    package var after: PageCursor?

    package init(
        agentID: AgentID? = nil, status: DocumentStatus? = nil, limit: Int, offset: Int = 0, after: PageCursor? = nil
    ) {
        self.agentID = agentID
        self.status = status
        self.limit = limit
        self.offset = offset
        self.after = after
    }
}

package struct DocumentPage: BusMessage, Codable, Equatable {
    package var documents: [DocumentRecord]
    /// All that the filter lets through.
    package var total: Int
    /// Nil on the last page.
    package var next: PageCursor?

    package init(documents: [DocumentRecord], total: Int, next: PageCursor?) {
        self.documents = documents
        self.total = total
        self.next = next
    }
}

/// One document.
/// - Faults: `.documentNotFound`.
package struct GetDocument: BusRequest, Codable {
    package static let subject: Subject = "agents.get-document.v1"
    package static let isRepeatable = true
    package typealias Reply = DocumentRecord

    package var id: DocumentID

    package init(id: DocumentID) {
        self.id = id
    }
}

/// Forget a document with all that was found in it.
/// - Faults: `.documentNotFound`.
package struct DeleteDocument: BusRequest, Codable {
    package static let subject: Subject = "agents.delete-document.v1"
    package typealias Reply = Done

    package var id: DocumentID

    package init(id: DocumentID) {
        self.id = id
    }
}

/// Read a document anew, whatever came of it before; a website is fetched again. Again: the same.
/// - Faults: `.documentNotFound`.
package struct ReindexDocument: BusRequest, Codable {
    package static let subject: Subject = "agents.reindex-document.v1"
    package static let isRepeatable = true
    package typealias Reply = DocumentRecord

    package var id: DocumentID

    package init(id: DocumentID) {
        self.id = id
    }
}

/// How much one agent was given to know.
package struct CountKnowledge: BusRequest, Codable {
    package static let subject: Subject = "agents.count-knowledge.v1"
    package static let isRepeatable = true
    package typealias Reply = KnowledgeCounts

    package var agentID: AgentID

    package init(agentID: AgentID) {
        self.agentID = agentID
    }
}

/// Failed documents are not counted.
package struct KnowledgeCounts: BusMessage, Codable, Equatable {
    package var files: Int
    package var websites: Int
    /// Questions with an answer, once they were read.
    package var faqEntries: Int

    package init(files: Int = 0, websites: Int = 0, faqEntries: Int = 0) {
        self.files = files
        self.websites = websites
        self.faqEntries = faqEntries
    }
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
