import Bus
import Contracts
import Foundation

/// The key of one upload: `<workspace>/<call>/<upload>`, the upload's id being a version 7 UUID. Of two keys of one call
/// the greater one was given later.
struct RecordingKey: Sendable, Equatable {
    /// How long a key is good for, in seconds. The sweeper takes objects without a row only when they are older.
    static let lifetimeSeconds = 12 * 3600

    let text: String

    init(workspaceID: WorkspaceID, callID: CallID, upload: UUID) {
        text = "\(workspaceID)/\(callID)/\(upload.text)"
    }

    /// A key that somebody hands in.
    /// - Throws: `.inputInvalid` unless it was given for this call, and not too long ago.
    init(_ text: String, workspaceID: WorkspaceID, callID: CallID, at now: Timestamp) throws {
        let prefix = "\(workspaceID)/\(callID)/"
        guard text.hasPrefix(prefix), let upload = UUID(text: String(text.dropFirst(prefix.utf8.count))),
            upload.uuid.6 >> 4 == 7
        else { throw Fault(.inputInvalid, "The key was not given for this call", field: "key") }
        let milliseconds = withUnsafeBytes(of: upload.uuid) { $0.prefix(6).reduce(0) { $0 << 8 | Int64($1) } }
        let age = now.microseconds / 1000 - milliseconds
        guard (-60_000...Int64(Self.lifetimeSeconds) * 1000).contains(age) else {
            throw Fault(.inputInvalid, "The upload was begun too long ago", field: "key")
        }
        self.init(workspaceID: workspaceID, callID: callID, upload: upload)
    }
}
