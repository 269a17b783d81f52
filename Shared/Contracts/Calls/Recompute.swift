import Bus

/// Workspaces that have calls, in the order of their ids. For analytics' check of its statistics.
/// - Faults: `.permissionDenied` unless a service asks as itself.
package struct ListCallWorkspaces: BusRequest, Codable {
    package static let subject: Subject = "calls.list-workspaces.v1"
    package static let priority = AdmissionPriority.statistics
    package static let isRepeatable = true
    package typealias Reply = WorkspaceList

    /// Only ids after this one.
    package var after: WorkspaceID?
    /// 1–1000.
    package var limit: Int

    package init(after: WorkspaceID?, limit: Int) {
        self.after = after
        self.limit = limit
    }
}

package struct WorkspaceList: BusMessage, Codable, Equatable {
    package var ids: [WorkspaceID]

    package init(ids: [WorkspaceID]) {
        self.ids = ids
    }
}

/// What a part of the stored calls of the caller's workspace adds up to, and the position of the log at that moment.
/// - Faults: `.permissionDenied` unless a service asks as itself.
package struct RecomputeStatistics: BusRequest, Codable {
    package static let subject: Subject = "calls.recompute-statistics.v1"
    package static let priority = AdmissionPriority.statistics
    package static let isRepeatable = true
    package typealias Reply = RecomputedStatistics

    /// Which part, 0 ..< `partCount`; see `part(of:partCount:)`.
    package var part: Int
    /// Into how many parts the calls are cut, so that an answer keeps within a message; 1–256.
    package var partCount: Int

    package init(part: Int = 0, partCount: Int = 1) {
        self.part = part
        self.partCount = partCount
    }

    /// The part that a client's calls are in: the last byte of its id, divided with remainder. Calls without a client
    /// are in part 0.
    package static func part(of clientID: ClientID?, partCount: Int) -> Int {
        clientID.map { Int($0.uuid.uuid.15) % partCount } ?? 0
    }
}

package struct RecomputedStatistics: BusMessage, Codable, Equatable {
    /// The last event number of the workspace's partition that is in here.
    package var position: Int
    package var sums: [GroupSum]
    package var latencies: [LatencyCount]
    package var phrases: [PhraseCount]

    package init(position: Int, sums: [GroupSum], latencies: [LatencyCount], phrases: [PhraseCount] = []) {
        self.position = position
        self.sums = sums
        self.latencies = latencies
        self.phrases = phrases
    }

    /// Calls that agree in all of these.
    package struct Group: Sendable, Codable, Hashable {
        package var clientID: ClientID?
        package var agentID: AgentID?
        package var campaignID: CampaignID?

        package init(clientID: ClientID?, agentID: AgentID?, campaignID: CampaignID?) {
            self.clientID = clientID
            self.agentID = agentID
            self.campaignID = campaignID
        }
    }

    /// Sums over a group's calls of one day.
    package struct GroupSum: Sendable, Codable, Equatable {
        package var group: Group
        package var day: CalendarDay
        package var measures: Measures

        package init(group: Group, day: CalendarDay, measures: Measures) {
            self.group = group
            self.day = day
            self.measures = measures
        }
    }

    /// How many latencies of a group's calls fell into one bucket, over all days.
    package struct LatencyCount: Sendable, Codable, Equatable {
        package var group: Group
        package var component: LatencyComponent
        /// See `LatencyBucket`.
        package var bucket: Int
        package var count: Int

        package init(group: Group, component: LatencyComponent, bucket: Int, count: Int) {
            self.group = group
            self.component = component
            self.bucket = bucket
            self.count = count
        }
    }

    /// In how many of a group's calls of one day a phrase was said.
    package struct PhraseCount: Sendable, Codable, Equatable {
        package var group: Group
        package var day: CalendarDay
        package var phrase: String
        package var count: Int

        package init(group: Group, day: CalendarDay, phrase: String, count: Int) {
            self.group = group
            self.day = day
            self.phrase = phrase
            self.count = count
        }
    }
}
