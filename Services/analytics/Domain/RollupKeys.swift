import Contracts
import Crypto
import Foundation

/// Something of a workspace whose calls are added up.
struct RollupSubject: Hashable, Sendable, Comparable {
    enum Kind: Int16, Sendable {
        case workspace = 0
        case client = 1
        case agent = 2
        case campaign = 3
        /// Its id stands for both.
        case agentInCampaign = 4
    }

    var workspaceID: WorkspaceID
    var kind: Kind
    /// The workspace's own id for a workspace.
    var id: UUID

    /// Whether its calls are added up by the hour, too.
    var hasHours: Bool { kind == .workspace || kind == .agent }

    init(workspaceID: WorkspaceID, kind: Kind, id: UUID) {
        self.workspaceID = workspaceID
        self.kind = kind
        self.id = id
    }

    init(_ subject: StatisticsSubject, in workspaceID: WorkspaceID) {
        switch subject {
        case .workspace: self.init(workspaceID: workspaceID, kind: .workspace, id: workspaceID.uuid)
        case .client(let id): self.init(workspaceID: workspaceID, kind: .client, id: id.uuid)
        case .agent(let id): self.init(workspaceID: workspaceID, kind: .agent, id: id.uuid)
        case .campaign(let id): self.init(workspaceID: workspaceID, kind: .campaign, id: id.uuid)
        case .agentInCampaign(let agent, let campaign):
            self.init(workspaceID: workspaceID, kind: .agentInCampaign, id: Self.pair(agent.uuid, campaign.uuid))
        }
    }

    /// The first 16 bytes of the hash of both ids.
    private static func pair(_ first: UUID, _ second: UUID) -> UUID {
        var hash = SHA256()
        withUnsafeBytes(of: first.uuid) { hash.update(bufferPointer: $0) }
        withUnsafeBytes(of: second.uuid) { hash.update(bufferPointer: $0) }
        return hash.finalize().withUnsafeBytes { UUID(uuid: $0.loadUnaligned(as: uuid_t.self)) }
    }

    /// The order of the primary key.
    static func < (left: RollupSubject, right: RollupSubject) -> Bool {
        (left.workspaceID.uuid, left.kind.rawValue, left.id) < (right.workspaceID.uuid, right.kind.rawValue, right.id)
    }
}

/// A row of sums.
struct MeasuresKey: Hashable, Sendable, Comparable {
    var subject: RollupSubject
    /// Or `CalendarDay.allTime`.
    var day: CalendarDay

    /// The order of the primary key.
    static func < (left: MeasuresKey, right: MeasuresKey) -> Bool {
        left.subject == right.subject ? left.day < right.day : left.subject < right.subject
    }
}

/// A row of the sums of an hour, which are kept of workspaces and agents.
struct HourKey: Hashable, Sendable, Comparable {
    var subject: RollupSubject
    /// Hours since 1970, UTC.
    var hour: Int

    var day: CalendarDay { Timestamp(hour: hour).day }

    static func < (left: HourKey, right: HourKey) -> Bool {
        left.subject == right.subject ? left.hour < right.hour : left.subject < right.subject
    }
}

/// A row of the latency counts, which are kept for all time.
struct LatencyKey: Hashable, Sendable, Comparable {
    var subject: RollupSubject
    var component: LatencyComponent
    /// See `LatencyBucket`.
    var bucket: Int

    /// The order of the primary key.
    static func < (left: LatencyKey, right: LatencyKey) -> Bool {
        left.subject == right.subject
            ? (left.component.rawValue, left.bucket) < (right.component.rawValue, right.bucket)
            : left.subject < right.subject
    }
}

/// A row of the counts of phrases.
struct PhraseKey: Hashable, Sendable, Comparable {
    var subject: RollupSubject
    /// Or `CalendarDay.allTime`.
    var day: CalendarDay
    var phrase: String

    static func < (left: PhraseKey, right: PhraseKey) -> Bool {
        left.subject == right.subject
            ? (left.day, left.phrase) < (right.day, right.phrase) : left.subject < right.subject
    }
}

extension CalendarDay {
    /// Stands for all time: the day before the first one that a timestamp of ours can have.
    static let allTime = CalendarDay(daysSince1970: -719_163)
}
