import Bus
import Contracts
import Foundation

/// A document with what only its owner knows of it.
struct Document: Sendable, Equatable {
    var record: DocumentRecord
    /// Nil for a website.
    var blobKey: String?
    /// 32 bytes; nil for a website.
    var sha256: [UInt8]?

    static let longestName = 255
    static let longestAddress = 2048
    static let mostAtOnce = 30

    /// Documents that are to be read, as somebody gave them.
    /// - Parameter address: reads the address of a website.
    /// - Throws: `.inputInvalid`.
    static func made(
        by request: AddDocuments, for agentID: AgentID, in workspaceID: WorkspaceID, createdBy: PersonID?,
        at now: Timestamp, makeID: () -> DocumentID, address: (String) throws -> String
    ) throws -> [Document] {
        guard (1...mostAtOnce).contains(request.documents.count + request.websites.count) else {
            throw Fault(.inputInvalid, "files, websites or faq_text is required", field: "files")
        }
        var record = DocumentRecord(
            id: makeID(), agentID: agentID, kind: .website, name: "", format: nil, createdBy: createdBy, createdAt: now,
            updatedAt: now)
        let stored = try request.documents.map { given in
            let key = try DocumentKey(given.key, workspaceID: workspaceID, at: now)
            guard given.kind != .website, given.sizeBytes > 0, given.sha256.count == 32, isName(given.name) else {
                throw Fault(.inputInvalid)
            }
            (record.id, record.kind, record.name) = (key.documentID, given.kind, given.name)
            (record.format, record.sizeBytes) = (given.format, given.sizeBytes)
            return Document(record: record, blobKey: key.text, sha256: given.sha256)
        }
        (record.kind, record.format, record.sizeBytes) = (.website, nil, nil)
        let addresses = try request.websites.map(address)
        return stored
            + addresses.enumerated().filter { addresses.firstIndex(of: $0.element) == $0.offset }.map { _, address in
                (record.id, record.sourceURL) = (makeID(), address)
                record.name = String(address.unicodeScalars.prefix(longestName))
                return Document(record: record)
            }
    }

    private static func isName(_ name: String) -> Bool {
        (1...longestName).contains(name.unicodeScalars.count) && !name.unicodeScalars.contains("\0")
    }
}

extension DocumentRecord {
    /// What the log tells of it.
    var change: DocumentChanged {
        DocumentChanged(id: id, name: name, status: status, progressPercent: progressPercent, reason: reason)
    }
}

/// A piece of a document's text.
struct Passage: Sendable, Equatable {
    let text: String
    /// Where it begins in the document's text, in characters.
    let offset: Int
    /// The page of a website that it stands on.
    var sourceURL: String?
}

/// A document that this process is reading.
struct DocumentJob: Sendable {
    let workspaceID: WorkspaceID
    let document: Document
    /// Of this reader; a change with an older one has no effect.
    let fence: Int
    /// With this one.
    let tries: Int
}
