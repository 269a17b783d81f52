import Bus
import Contracts
import Foundation
import Logging
import NIOConcurrencyHelpers

/// Collects which API keys were used, and tells auth every few seconds.
package final class APIKeyUses: Sendable {
    /// A message holds so many; further keys wait for their next use.
    private static let limit = 1000

    private let uses = NIOLockedValueBox<[APIKeyID: NoteAPIKeyUse.Use]>([:])

    package init() {}

    func note(_ id: APIKeyID, in workspaceID: WorkspaceID, at moment: Timestamp) {
        uses.withLockedValue { uses in
            guard uses[id] != nil || uses.count < Self.limit else { return }
            uses[id] = NoteAPIKeyUse.Use(id: id, workspaceID: workspaceID, at: moment)
        }
    }

    /// Reports until the task is cancelled, and what is left at the end.
    package func report(to bus: any Asking, everyMS: Int = 5000, logger: Logger) async {
        while !Task.isCancelled {
            try? await Task.sleep(for: .milliseconds(everyMS))
            await flush(to: bus, logger: logger)
        }
    }

    package func flush(to bus: any Asking, logger: Logger) async {
        let taken = uses.withLockedValue { uses in
            defer { uses = [:] }
            return uses
        }
        guard !taken.isEmpty else { return }
        do {
            // Not cancelled with the task, so that the last report goes out at the end.
            _ = try await Task {
                try await bus.ask(NoteAPIKeyUse(uses: Array(taken.values)), as: .service("gateway"), within: 3000)
            }.value
        } catch {
            logger.debug("cannot report uses of API keys", metadata: ["cause": "\(error)"])
            for use in taken.values { note(use.id, in: use.workspaceID, at: use.at) }
        }
    }
}
