import Bus

/// What owns everything else.
package struct WorkspaceRecord: BusMessage, Codable, Equatable {
    package var id: WorkspaceID
    package var name: String
    /// Calls older than this are removed; nil keeps them.
    package var retentionDays: Int?
    /// A JSON object of the people's own, as text.
    package var settings: String
    package var createdAt: Timestamp

    package init(id: WorkspaceID, name: String, retentionDays: Int?, settings: String, createdAt: Timestamp) {
        self.id = id
        self.name = name
        self.retentionDays = retentionDays
        self.settings = settings
        self.createdAt = createdAt
    }
}

/// The caller's workspace.
/// - Faults: `.workspaceNotFound` when it is closed.
package struct GetWorkspace: BusRequest, Codable {
    package static let subject: Subject = "auth.get-workspace.v1"
    package static let isRepeatable = true
    package typealias Reply = WorkspaceRecord

    package init() {}
}

/// Change the caller's workspace; what is nil stays.
/// - Faults: `.inputInvalid` (name 1–200 characters, 1–36500 days, settings no JSON object or over 16 KiB),
///   `.workspaceNotFound`.
package struct UpdateWorkspace: BusRequest, Codable {
    package static let subject: Subject = "auth.update-workspace.v1"
    package typealias Reply = WorkspaceRecord

    /// How long calls are kept.
    package enum Retention: Sendable, Codable, Equatable {
        case forEver
        case days(Int)
    }

    package var name: String?
    package var retention: Retention?
    /// A JSON object as text, in place of the one before.
    package var settings: String?

    package init(name: String? = nil, retention: Retention? = nil, settings: String? = nil) {
        self.name = name
        self.retention = retention
        self.settings = settings
    }
}

/// A workspace has another name, other settings, or keeps calls for another time.
package struct WorkspaceChanged: LoggedEvent, Codable, Equatable {
    package static let kind = "workspace-changed.v1"

    package var before: WorkspaceRecord
    package var after: WorkspaceRecord

    package init(before: WorkspaceRecord, after: WorkspaceRecord) {
        self.before = before
        self.after = after
    }
}
