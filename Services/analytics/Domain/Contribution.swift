import Contracts

/// What a call, or a group of calls that agree in subjects and day, adds to the statistics.
struct Contribution: Sendable, Equatable {
    struct Latency: Sendable, Equatable {
        var component: LatencyComponent
        var bucket: Int
        var count: Int
    }

    var subjects: [RollupSubject]
    var day: CalendarDay
    /// Hours since 1970; nil for a group of calls of a whole day.
    var hour: Int?
    var measures: Measures
    var latencies: [Latency]
    /// How many calls a phrase was said in.
    var phrases: [String: Int] = [:]

    /// What one call adds.
    init(of facts: CallFacts, in workspaceID: WorkspaceID) {
        self.init(
            subjects: Self.subjects(
                workspaceID, client: facts.clientID, agent: facts.agentID, campaign: facts.campaignID),
            day: facts.createdAt.day, measures: facts.measures, latencies: [])
        hour = facts.createdAt.hour
        for (component, micros) in facts.measuredLatencies {
            latencies.append(
                Latency(component: component, bucket: LatencyBucket.number(ofMicros: micros), count: 1))
        }
        for phrase in facts.phrases where phrase.utf8.count <= CallFacts.mostPhraseBytes { phrases[phrase] = 1 }
    }

    /// What a group of a recompute adds.
    init(of sum: RecomputedStatistics.GroupSum, in workspaceID: WorkspaceID) {
        self.init(
            subjects: Self.subjects(sum.group, workspaceID), day: sum.day, measures: sum.measures, latencies: [])
    }

    /// What a group of a recompute adds to one bucket.
    init(of count: RecomputedStatistics.LatencyCount, in workspaceID: WorkspaceID) {
        self.init(
            subjects: Self.subjects(count.group, workspaceID), day: .allTime, measures: Measures(),
            latencies: [Latency(component: count.component, bucket: count.bucket, count: count.count)])
    }

    /// What a group of a recompute adds to one phrase.
    init(of count: RecomputedStatistics.PhraseCount, in workspaceID: WorkspaceID) {
        self.init(
            subjects: Self.subjects(count.group, workspaceID), day: count.day, measures: Measures(), latencies: [])
        phrases = [count.phrase: count.count]
    }

    private init(subjects: [RollupSubject], day: CalendarDay, measures: Measures, latencies: [Latency]) {
        self.subjects = subjects
        self.day = day
        self.measures = measures
        self.latencies = latencies
    }

    /// What takes it away again.
    var negated: Contribution {
        var result = self
        result.measures = Measures()
        result.measures -= measures
        for index in result.latencies.indices { result.latencies[index].count.negate() }
        result.phrases = phrases.mapValues { -$0 }
        return result
    }

    private static func subjects(_ group: RecomputedStatistics.Group, _ workspaceID: WorkspaceID) -> [RollupSubject] {
        subjects(workspaceID, client: group.clientID, agent: group.agentID, campaign: group.campaignID)
    }

    private static func subjects(
        _ workspaceID: WorkspaceID, client: ClientID?, agent: AgentID?, campaign: CampaignID?
    ) -> [RollupSubject] {
        var subjects = [RollupSubject(.workspace, in: workspaceID)]
        if let client { subjects.append(RollupSubject(.client(client), in: workspaceID)) }
        if let agent { subjects.append(RollupSubject(.agent(agent), in: workspaceID)) }
        if let campaign { subjects.append(RollupSubject(.campaign(campaign), in: workspaceID)) }
        if let agent, let campaign {
            subjects.append(RollupSubject(.agentInCampaign(agent, campaign), in: workspaceID))
        }
        return subjects
    }
}

extension CallFacts {
    /// What one call adds to each sum. A call that still runs is counted, but neither as ended nor as a success.
    var measures: Measures {
        var measures = Measures()
        measures[.calls] = 1
        measures[.ended] = status.isEnd ? 1 : 0
        measures[.successes] = status.isEnd && success ? 1 : 0
        measures[.failed] = status == .failed ? 1 : 0
        measures[.durationMS] = durationMS
        measures[.costMicros] = costMicros
        switch sentiment {
        case .positive: measures[.positive] = 1
        case .neutral: measures[.neutral] = 1
        case .negative: measures[.negative] = 1
        }
        for (component, micros) in measuredLatencies {
            let (count, sum) = component.measures
            measures[count] = 1
            measures[sum] = micros
        }
        if channel == .chat {
            measures[.chats] = 1
            measures[.endedChats] = status.isEnd ? 1 : 0
        }
        if !measuredLatencies.isEmpty {
            measures[.responses] = 1
            measures[.responseMicros] = measuredLatencies.reduce(0) { $0 + $1.1 }
        }
        if let rating {
            measures[.ratings] = 1
            measures[.ratingSum] = rating
        }
        return measures
    }

    /// Microseconds of the components that were measured.
    var measuredLatencies: [(LatencyComponent, Int)] {
        [(.stt, latencies.sttMicros), (.llm, latencies.llmMicros), (.tts, latencies.ttsMicros)].compactMap {
            (component, micros) in micros.map { (component, $0) }
        }
    }
}

extension LatencyComponent {
    /// Where its count and its sum are kept.
    var measures: (count: Measure, sum: Measure) {
        switch self {
        case .stt: (.sttCount, .sttMicros)
        case .llm: (.llmCount, .llmMicros)
        case .tts: (.ttsCount, .ttsMicros)
        }
    }
}
