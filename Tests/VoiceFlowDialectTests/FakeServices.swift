import Bus
import Contracts
import Foundation
import NIOConcurrencyHelpers

/// What the services say, on dictionaries, of one workspace.
final class FakeServices: Sendable {
    struct State {
        var agents: [AgentRecord] = []
        var company: CompanyProfile?
        var calls: [CallRecord] = []
        /// Of every subject.
        var totals = Measures()
        var days: [DailyTotals.Day] = []
        var hours: [HourlyTotals.Hour] = []
        var due = 0
        var registered: [Register] = []
        var created: [CreateAgent] = []
        var updated: [UpdateAgent] = []
        var setUp: [SetUpAgent] = []
        var paused: [Bool] = []
        var listed: [ListCalls] = []
        var turns: [Turn] = []
        var messages: [SendMessage] = []
        var asked: [StatisticsSubject] = []
    }

    private let box = NIOLockedValueBox(State())

    var state: State { box.withLockedValue { $0 } }

    func change(_ body: (inout State) -> Void) {
        box.withLockedValue(body)
    }

    func serve(on bus: InMemoryBus) {
        serveAccounts(on: bus)
        serveAgents(on: bus)
        serveOnboarding(on: bus)
        serveCalls(on: bus)
        serveStatistics(on: bus)
    }

    private func serveAccounts(on bus: InMemoryBus) {
        bus.serve(Register.self) { request, _ in
            self.change { $0.registered.append(request) }
            let person = PersonRecord(
                id: PersonID(UUID()), email: request.email, name: request.email, role: .admin,
                workspaceID: WorkspaceID(UUID()), workspaceName: request.workspaceName ?? "w", createdAt: .now())
            return SignedIn(
                token: "t", expiresAt: Timestamp.now().adding(seconds: 86_400), sessionID: SessionID(UUID()),
                person: person)
        }
    }

    private func agent(_ id: AgentID) throws -> AgentRecord {
        guard let agent = state.agents.first(where: { $0.id == id }) else { throw Fault(.agentNotFound) }
        return agent
    }

    private func serveAgents(on bus: InMemoryBus) {
        bus.serve(ListAgents.self) { request, _ in
            let agents = self.state.agents.filter {
                request.statuses.isEmpty || request.statuses.contains($0.status)
            }
            return AgentPage(agents: Array(agents.prefix(request.limit)), total: agents.count, next: nil)
        }
        bus.serve(GetAgent.self) { request, _ in try self.agent(request.id) }
        bus.serve(CreateAgent.self) { request, _ in
            self.change { $0.created.append(request) }
            return Outcome(.sample(name: request.fields.name ?? ""))
        }
        bus.serve(UpdateAgent.self) { request, _ in
            self.change { $0.updated.append(request) }
            return Outcome(try self.agent(request.id))
        }
        bus.serve(DeleteAgent.self) { request, _ in
            _ = try self.agent(request.id)
            self.change { $0.agents.removeAll { $0.id == request.id } }
            return Done()
        }
        bus.serve(SetAgentsPaused.self) { request, _ in
            self.change { $0.paused.append(request.isPaused) }
            return Outcome(ChangedAgents(count: self.state.agents.count))
        }
        bus.serve(CountKnowledge.self) { _, _ in KnowledgeCounts(files: 3, websites: 1, faqEntries: 12) }
        bus.serve(GetDialingQueue.self) { _, _ in DialingQueue(due: self.state.due) }
    }

    private func serveOnboarding(on bus: InMemoryBus) {
        bus.serve(SetCompany.self) { request, _ in
            self.change { $0.company = request.profile }
            return Outcome(Done())
        }
        bus.serve(SetUpAgent.self) { request, _ in
            self.change { $0.setUp.append(request) }
            guard let agent = self.state.agents.first else { throw Fault(.nothingToSetUp) }
            return Outcome(agent)
        }
        bus.serve(GetOnboarding.self) { request, _ in
            let agent = try request.agentID.map { try self.agent($0) } ?? self.state.agents.first
            return Onboarding(company: self.state.company, agent: agent)
        }
        bus.serve(DeployAgent.self) { request, _ in
            let agent = try self.agent(request.agentID)
            guard agent.presence.stepsDone.count == AgentStep.allCases.count else {
                throw Fault(.agentNotDeployable, "The step voice is missing", field: "voice")
            }
            return Outcome(agent)
        }
    }

    private func serveCalls(on bus: InMemoryBus) {
        bus.serve(ListCalls.self) { request, _ in
            self.change { $0.listed.append(request) }
            let all = self.state.calls
            let start = request.after.flatMap { cursor in all.firstIndex { $0.id.uuid == cursor.id }.map { $0 + 1 } }
            let calls = Array(all.dropFirst(start ?? request.offset).prefix(request.limit))
            let isLast = (start ?? request.offset) + calls.count >= all.count
            return CallPage(
                calls: calls, total: request.wantsTotal ? all.count : 0,
                next: isLast ? nil : calls.last.map { PageCursor(at: $0.facts.createdAt, id: $0.id.uuid) })
        }
        bus.serve(GetCall.self) { request, _ in
            guard let call = self.state.calls.first(where: { $0.id == request.id }) else { throw Fault(.callNotFound) }
            return call
        }
        bus.serve(GetConversation.self) { request, _ in
            guard let call = self.state.calls.first(where: { $0.id.description == request.conversation }) else {
                throw Fault(.conversationNotFound)
            }
            return Conversation(call: call, turns: self.state.turns)
        }
        bus.serve(SendMessage.self) { request, _ in
            self.change { $0.messages.append(request) }
            return AnsweredMessage(
                callID: CallID(request.messageID),
                answer: Turn(number: 2, speaker: .agent, text: "From 9 to 5.", at: .now(), passagesUsed: 2),
                isEscalated: false, isReplayed: self.state.messages.count > 1)
        }
        bus.serve(ListLastCalls.self) { request, _ in
            LastCalls(
                moments: request.agentIDs.map { id in
                    self.state.calls.filter { $0.facts.agentID == id }.map(\.facts.createdAt).max()
                })
        }
    }

    private func serveStatistics(on bus: InMemoryBus) {
        bus.serve(GetTotals.self) { request, _ in
            self.change { $0.asked.append(request.about) }
            return self.totals
        }
        bus.serve(ListTotals.self) { request, _ in TotalsList(totals: request.about.map { _ in self.totals }) }
        bus.serve(GetDailyTotals.self) { request, _ in
            self.change { $0.asked.append(request.about) }
            return DailyTotals(days: self.state.days.filter { (request.from...request.through).contains($0.day) })
        }
        bus.serve(GetHourlyTotals.self) { request, _ in
            self.change { $0.asked.append(request.about) }
            return HourlyTotals(hours: self.state.hours.filter { request.range.hours.contains($0.hour) })
        }
    }

    private var totals: Totals {
        let zero = LatencyPercentiles()
        return Totals(measures: state.totals, clients: 0, stt: zero, llm: zero, tts: zero)
    }
}

extension Measures {
    init(_ values: [Measure: Int]) {
        self.init()
        for (measure, value) in values { self[measure] = value }
    }
}

extension AgentRecord {
    static func sample(name: String = "Ada", _ change: (inout AgentRecord) -> Void = { _ in }) -> AgentRecord {
        let moment = Timestamp(text: "2026-01-02T03:04:05Z")!
        var agent = AgentRecord(
            id: AgentID(UUID()), name: name, description: "Answers", status: .active,
            setup: AgentSetup(voice: VoiceParameters(voiceID: "af_sarah", tone: "calm")),
            presence: AgentPresence(
                role: "Support", channels: [.phone, .chat],
                setup: ChannelSetup(phoneNumber: "+15550142", whatsapp: #"{"number":"+1"}"#),
                phoneNumber: "+1-555-0142", isPhoneSimulated: true), createdBy: nil, createdAt: moment,
            updatedAt: moment, version: 1)
        change(&agent)
        return agent
    }
}

extension CallRecord {
    static func sample(
        status: CallStatus = .completed, at text: String = "2026-01-02T03:04:05Z",
        _ change: (inout CallRecord) -> Void = { _ in }
    ) -> CallRecord {
        let facts = CallFacts(
            clientID: nil, agentID: nil, campaignID: nil, channel: .phone, status: status,
            success: status == .completed,
            sentiment: .positive, durationMS: 204_000, latencies: ComponentLatencies(), costMicros: 0,
            endCategory: nil, isSimulated: false, createdAt: Timestamp(text: text)!)
        var call = CallRecord(
            id: CallID(UUID()), facts: facts, clientName: nil, clientPhone: nil, otherPartyPhone: "+15550177",
            otherPartyName: "", transcript: "", recordingURL: nil, notes: nil, carrierEndCode: nil, endedAt: nil,
            version: 1, details: CallDetails(summary: "A bill", keyPhrases: ["billing"]))
        call.agentName = "Ada"
        change(&call)
        return call
    }
}
