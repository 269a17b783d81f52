import Bus
import Contracts
import Foundation
import Postgres
import TestSupport

/// What a workspace's feed tells of, and the things themselves.
struct StoredFeed {
    struct Call {
        /// The other party's name; empty in a chat.
        let mark: String
        let isChat: Bool
        let isEnded: Bool
        let isDeleted: Bool
    }

    struct TurnPlace: Hashable {
        let callID: String
        let number: Int
    }

    private(set) var facts: [Int: FeedFact] = [:]
    private(set) var head = 0
    /// Where entries don't follow one another.
    private(set) var breaks: [String] = []
    private(set) var calls: [String: Call] = [:]
    private(set) var turns: [TurnPlace: String] = [:]
    /// Whether they are active, by their id.
    private(set) var agents: [String: Bool] = [:]

    init(of tenant: Tenant, on stack: Stack) async throws {
        let id = UUID(uuidString: tenant.workspaceID)
        try await readFeed(id, stack)
        for row in try await stack.query(
            """
            SELECT id, other_name, channel = 'chat', status IN ('completed', 'failed'), deleted_at IS NOT NULL
            FROM calls.calls WHERE workspace_id = \(id)
            """)
        {
            let (id, mark, isChat, isEnded, isDeleted) = try row.decode((UUID, String, Bool, Bool, Bool).self)
            calls[id.uuidString.lowercased()] = Call(
                mark: mark, isChat: isChat, isEnded: isEnded, isDeleted: isDeleted)
        }
        for row in try await stack.query(
            "SELECT call_id, number::bigint, text FROM calls.turns WHERE workspace_id = \(id)")
        {
            let (callID, number, text) = try row.decode((UUID, Int, String).self)
            turns[TurnPlace(callID: callID.uuidString.lowercased(), number: number)] = text
        }
        for row in try await stack.query(
            "SELECT id, status = 'active' FROM agents.agents WHERE workspace_id = \(id)")
        {
            let (id, isActive) = try row.decode((UUID, Bool).self)
            agents[id.uuidString.lowercased()] = isActive
        }
    }

    private mutating func readFeed(_ id: UUID?, _ stack: Stack) async throws {
        head =
            try await stack.query(
                "SELECT coalesce(max(number), 0)::bigint FROM analytics.feed_heads WHERE workspace_id = \(id)"
            )[0].decode(at: 0)
        let chunks = try await stack.query(
            """
            SELECT first_number, last_number, entries FROM analytics.feed
            WHERE workspace_id = \(id) ORDER BY last_number
            """)
        var last = 0
        for chunk in chunks {
            let (first, end, bytes) = try chunk.decode((Int, Int, [UInt8]).self)
            var reader = MessageReader(bytes)
            _ = try reader.read(UInt8.self)
            let added = try reader.read([FeedFact].self)
            if first != last + 1 || end != first + added.count - 1 {
                breaks.append("\(added.count) entries from \(first) to \(end) after \(last)")
            }
            for (place, fact) in added.enumerated() { facts[first + place] = fact }
            last = end
        }
        if last != head { breaks.append("the head is \(head), the last entry \(last)") }
    }

    /// Whether the entry must be shown: what was deleted since need not be.
    func mustShow(_ fact: FeedFact) -> Bool {
        switch fact {
        case .conversationEnded, .agentStatus, .document: true
        case .conversationStarted(let id), .callLogged(let id), .turnAdded(let id, _): isThere(id)
        case .activity(let activity): activity.callID.map(isThere) ?? true
        }
    }

    private func isThere(_ id: CallID) -> Bool { calls[id.description].map { !$0.isDeleted } ?? false }
}
