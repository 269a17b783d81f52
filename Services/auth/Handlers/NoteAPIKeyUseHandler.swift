import Bus
import Contracts

/// Remembers when keys were used last.
struct NoteAPIKeyUseHandler {
    private static let mostUses = 1000

    let keys: any APIKeyRepository
    var now: @Sendable () -> Timestamp = { .now() }

    @Sendable func handle(_ request: NoteAPIKeyUse, from caller: Caller) async throws -> Done {
        try caller.requireService()
        guard request.uses.count <= Self.mostUses else {
            throw Fault(.inputInvalid, "uses must be at most \(Self.mostUses)", field: "uses")
        }
        let now = now()
        var latest: [APIKeyID: NoteAPIKeyUse.Use] = [:]
        for var use in request.uses {
            use.at = min(use.at, now)
            if let known = latest[use.id], known.at >= use.at { continue }
            latest[use.id] = use
        }
        try await keys.note(Array(latest.values))
        return Done()
    }
}
