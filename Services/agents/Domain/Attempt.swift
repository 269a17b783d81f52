import Contracts

/// Where a call to a number of a campaign is.
enum AttemptPhase: String, Sendable {
    /// Nothing was sent.
    case recorded
    /// Whoever holds the lease may be sending.
    case placing
    /// The carrier has taken it.
    case placed
    /// Whether it was sent is open, so it is never sent again.
    case unknown
    case ended
}

/// One call to a number of a campaign.
struct Attempt: Sendable, Equatable {
    var workspaceID: WorkspaceID
    /// Of the call's record.
    var callID: CallID
    var campaignID: CampaignID
    var numberID: NumberID
    var agentID: AgentID
    var callerID: String
    /// As it was given.
    var phoneNumber: String
    var phase: AttemptPhase
    /// Placed by the simulated carrier.
    var isSimulated: Bool
}

/// How an attempt ends.
struct AttemptEnd: Sendable, Equatable {
    var workspaceID: WorkspaceID
    var callID: CallID
    var isCompleted: Bool
    var category: EndCategory
    /// The carrier's own code.
    var code: String?
    var detail: String?
    /// Uses no retry, provided that nothing was sent: an attempt that may have been sent is never withdrawn.
    var isWithdrawn = false
    /// Whether the record of the call knows of it already.
    var isTold: Bool
}

extension AttemptEnd {
    /// What a change of a call's record means for the attempt that it may be of; nil when it does not end it. A call
    /// whose record is deleted may still run: its attempt ends when its time has come.
    init?(_ change: CallChanged, in workspaceID: WorkspaceID) {
        guard change.after?.campaignID != nil || change.before?.campaignID != nil, let after = change.after,
            after.status.isEnd
        else { return nil }
        let isCompleted = after.status == .completed
        let category = after.endCategory ?? (isCompleted ? .completed : .carrierError)
        self.init(
            workspaceID: workspaceID, callID: change.id, isCompleted: isCompleted, category: category,
            isWithdrawn: category == .cancelled, isTold: true)
    }

    /// The end of an attempt that the dialer itself decides.
    init(
        of attempt: Attempt, _ category: EndCategory, code: String? = nil, detail: String, isWithdrawn: Bool = false
    ) {
        self.init(
            workspaceID: attempt.workspaceID, callID: attempt.callID, isCompleted: false, category: category,
            code: code.map { String($0.prefix(100)) }, detail: String(detail.prefix(500)), isWithdrawn: isWithdrawn,
            isTold: false)
    }
}

extension Attempt {
    /// What its call begins with; the same whoever asks for it.
    var record: RecordCall {
        var fields = CallFields()
        fields.agentID = agentID
        fields.campaignID = campaignID
        fields.phoneNumber = phoneNumber
        fields.callerID = callerID.isEmpty ? nil : callerID
        fields.status = .initiated
        return RecordCall(id: callID, fields: fields, isSimulated: isSimulated)
    }
}
