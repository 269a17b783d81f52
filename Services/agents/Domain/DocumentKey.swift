import Bus
import Contracts
import Foundation

/// The key of a document's bytes: `<workspace>/<document>`, the document's id being a version 7 UUID.
struct DocumentKey: Sendable, Equatable {
    /// How long a key is good for, in seconds. The sweeper takes objects without a row only when they are older.
    static let lifetimeSeconds = 12 * 3600

    let text: String
    let documentID: DocumentID

    init(workspaceID: WorkspaceID, documentID: DocumentID) {
        text = "\(workspaceID)/\(documentID)"
        self.documentID = documentID
    }

    /// A key that somebody hands in.
    /// - Throws: `.inputInvalid` unless it was given for this workspace, and not too long ago.
    init(_ text: String, workspaceID: WorkspaceID, at now: Timestamp) throws {
        let prefix = "\(workspaceID)/"
        guard text.hasPrefix(prefix), let id = DocumentID(text.dropFirst(prefix.utf8.count)), id.uuid.uuid.6 >> 4 == 7
        else { throw Fault(.inputInvalid, "The key was not given for this workspace", field: "key") }
        let milliseconds = withUnsafeBytes(of: id.uuid.uuid) { $0.prefix(6).reduce(0) { $0 << 8 | Int64($1) } }
        let age = now.microseconds / 1000 - milliseconds
        guard (-60_000...Int64(Self.lifetimeSeconds) * 1000).contains(age) else {
            throw Fault(.inputInvalid, "The upload was begun too long ago", field: "key")
        }
        self.init(workspaceID: workspaceID, documentID: id)
    }
}
