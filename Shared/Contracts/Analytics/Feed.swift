import Bus
import Foundation

/// What happened in a workspace, as references and facts: names and texts are asked for when it is shown, so that what was
/// deleted is shown no more.
package enum FeedFact: Sendable, Equatable {
    case conversationStarted(CallID)
    /// - turn: the number of what was said.
    case turnAdded(CallID, turn: Int)
    case conversationEnded(CallID)
    /// A call has ended, or was recorded when it had.
    case callLogged(CallID)
    case activity(FeedActivity)
    case agentStatus(AgentID, AgentStatus)
    case document(DocumentID, DocumentStatus, progressPercent: Int)
}

/// A line of what goes on.
package struct FeedActivity: Sendable, Equatable {
    package enum Kind: String, Sendable, CaseIterable {
        case callStarted = "call_started"
        case callEnded = "call_ended"
        case chatStarted = "chat_started"
        case chatEnded = "chat_ended"
        case agentActivated = "agent_activated"
        case escalation
    }

    package enum Outcome: String, Sendable, CaseIterable {
        case success
        case warning
        case error
        case info
    }

    package var kind: Kind
    package var outcome: Outcome
    /// Nil where it is about an agent.
    package var callID: CallID?
    package var agentID: AgentID?

    package init(kind: Kind, outcome: Outcome, callID: CallID? = nil, agentID: AgentID? = nil) {
        self.kind = kind
        self.outcome = outcome
        self.callID = callID
        self.agentID = agentID
    }
}

/// One entry of a workspace's feed.
package struct FeedEntry: BusMessage, Equatable {
    /// 1 for the first of the workspace, without gaps.
    package var number: Int
    package var at: Timestamp
    package var fact: FeedFact

    package init(number: Int, at: Timestamp, fact: FeedFact) {
        self.number = number
        self.at = at
        self.fact = fact
    }

    package init(from reader: inout MessageReader) throws {
        number = try reader.read()
        at = try reader.read()
        fact = try reader.read()
    }

    package func write(to writer: inout MessageWriter) {
        writer.write(number)
        writer.write(at)
        writer.write(fact)
    }
}

/// The entries of the caller's workspace after a number, in order, and where its feed begins and ends.
/// - Faults: `.permissionDenied` for a caller without a workspace.
package struct ReadFeed: BusRequest {
    package static let subject: Subject = "analytics.read-feed.v1"
    package static let isRepeatable = true
    package typealias Reply = FeedPage

    /// The last number that is known; 0 for the start.
    package var after: Int
    /// At most so many entries, 0–1000.
    package var limit: Int

    package init(after: Int, limit: Int) {
        self.after = after
        self.limit = limit
    }

    package init(from reader: inout MessageReader) throws {
        after = try reader.read()
        limit = try reader.read()
    }

    package func write(to writer: inout MessageWriter) {
        writer.write(after)
        writer.write(limit)
    }
}

package struct FeedPage: BusMessage, Equatable {
    /// What a document is called now; one that is missing here was deleted.
    package struct Document: BusMessage, Codable, Equatable {
        package var id: DocumentID
        package var name: String
        /// Why it failed, or what it waits for.
        package var reason: String?

        package init(id: DocumentID, name: String, reason: String?) {
            self.id = id
            self.name = name
            self.reason = reason
        }
    }

    package var entries: [FeedEntry]
    /// Those that the entries name.
    package var documents: [Document]
    /// The number of the newest entry; 0 before the first.
    package var head: Int
    /// The number of the oldest entry that is kept; one more than `head` when none is.
    package var oldest: Int

    package init(entries: [FeedEntry], documents: [Document] = [], head: Int, oldest: Int) {
        self.entries = entries
        self.documents = documents
        self.head = head
        self.oldest = oldest
    }

    package init(from reader: inout MessageReader) throws {
        entries = try reader.read([FeedEntry].self)
        documents = try reader.read([Document].self)
        head = try reader.read()
        oldest = try reader.read()
    }

    package func write(to writer: inout MessageWriter) {
        writer.write(entries)
        writer.write(documents)
        writer.write(head)
        writer.write(oldest)
    }
}

/// How far the feeds of some workspaces go, for a gateway that has heard nothing for a while.
/// - Faults: `.permissionDenied` unless a service asks as itself; `.inputInvalid` for more than 1000.
package struct ListFeedHeads: BusRequest, Codable {
    package static let subject: Subject = "analytics.list-feed-heads.v1"
    package static let isRepeatable = true
    package typealias Reply = FeedHeads

    package var workspaceIDs: [WorkspaceID]

    package init(workspaceIDs: [WorkspaceID]) {
        self.workspaceIDs = workspaceIDs
    }
}

/// Only workspaces whose feed has entries.
package struct FeedHeads: BusMessage, Codable, Equatable {
    package struct Head: Sendable, Codable, Equatable {
        package var workspaceID: WorkspaceID
        package var number: Int

        package init(workspaceID: WorkspaceID, number: Int) {
            self.workspaceID = workspaceID
            self.number = number
        }
    }

    package var heads: [Head]

    package init(heads: [Head]) {
        self.heads = heads
    }
}

/// News that feeds have grown, and how far they go now. Losing it costs whoever watches one polling interval.
package struct FeedsGrown: BusNotice, Codable, Equatable {
    package static let subject: Subject = "analytics.feeds-grown.v1"
    /// A notice names so many workspaces; when more have grown there are more notices.
    package static let mostHeads = 200

    package var heads: [FeedHeads.Head]

    package init(heads: [FeedHeads.Head]) {
        self.heads = heads
    }
}
