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

/// What the stored calls of the caller's workspace add up to, and the position of the log at that moment.
/// - Faults: `.permissionDenied` unless a service asks as itself.
package struct RecomputeStatistics: BusRequest, Codable {
    package static let subject: Subject = "calls.recompute-statistics.v1"
    package static let priority = AdmissionPriority.statistics
    package static let isRepeatable = true
    package typealias Reply = RecomputedStatistics

    package init() {}
}

package struct RecomputedStatistics: BusMessage, Codable, Equatable {
    /// The last event number of the workspace's partition that is in here.
    package var position: Int
    package var sums: [GroupSum]
    package var latencies: [LatencyCount]

    package init(position: Int, sums: [GroupSum], latencies: [LatencyCount]) {
        self.position = position
        self.sums = sums
        self.latencies = latencies
    }

    /// Calls that agree in all of these.
    package struct Group: Sendable, Codable, Hashable {
        package var clientID: ClientID?
        package var agentID: AgentID?
        package var campaignID: CampaignID?
        package var day: CalendarDay

        package init(clientID: ClientID?, agentID: AgentID?, campaignID: CampaignID?, day: CalendarDay) {
            self.clientID = clientID
            self.agentID = agentID
            self.campaignID = campaignID
            self.day = day
        }
    }

    package struct GroupSum: Sendable, Codable, Equatable {
        package var group: Group
        package var measures: Measures

        package init(group: Group, measures: Measures) {
            self.group = group
            self.measures = measures
        }
    }

    package struct LatencyCount: Sendable, Codable, Equatable {
        package var group: Group
        package var component: LatencyComponent
        /// Number of the logarithmic bucket.
        package var bucket: Int
        package var count: Int

        package init(group: Group, component: LatencyComponent, bucket: Int, count: Int) {
            self.group = group
            self.component = component
            self.bucket = bucket
            self.count = count
        }
    }
}
