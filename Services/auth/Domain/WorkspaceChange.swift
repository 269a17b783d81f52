import Bus
import Contracts
import Foundation

/// What somebody wants to be different about a workspace, checked.
struct WorkspaceChange: Sendable {
    private static let longestSettingsBytes = 16_384
    private static let mostRetentionDays = 36_500

    let name: String?
    let retention: UpdateWorkspace.Retention?
    /// A JSON object.
    let settings: String?

    /// - Throws: `.inputInvalid` naming the field.
    init(_ request: UpdateWorkspace) throws {
        name = try request.name.map { given in
            guard let name = try GivenText.optional(given, field: "name", limit: 200) else {
                throw Fault(.inputInvalid, "name must have 1 to 200 characters", field: "name")
            }
            return name
        }
        if case .days(let days)? = request.retention, !(1...Self.mostRetentionDays).contains(days) {
            throw Fault(
                .inputInvalid, "retention_days must be from 1 to \(Self.mostRetentionDays)", field: "retention_days")
        }
        retention = request.retention
        settings = request.settings
        guard let settings else { return }
        guard settings.utf8.count <= Self.longestSettingsBytes else {
            throw Fault(
                .inputInvalid, "settings must have at most \(Self.longestSettingsBytes) bytes", field: "settings")
        }
        guard (try? JSONSerialization.jsonObject(with: Data(settings.utf8))) is [String: Any] else {
            throw Fault(.inputInvalid, "settings must be an object", field: "settings")
        }
    }
}
