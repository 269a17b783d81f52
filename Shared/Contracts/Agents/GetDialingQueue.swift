import Bus

/// How many numbers of the workspace's active campaigns are due and not placed yet.
package struct GetDialingQueue: BusRequest, Codable {
    package static let subject: Subject = "agents.get-dialing-queue.v1"
    package static let priority = AdmissionPriority.statistics
    package static let isRepeatable = true
    package typealias Reply = DialingQueue

    package init() {}
}

package struct DialingQueue: BusMessage, Codable, Equatable {
    package var due: Int

    package init(due: Int) {
        self.due = due
    }
}
