import Bus
import Contracts
import Foundation
import Testing

/// Every contract must cross the bus unchanged.
struct MessageTests {
    private func roundTrip<Message: BusMessage & Equatable>(_ message: Message) throws {
        #expect(try Message.decoded(from: message.encoded()) == message)
    }

    @Test func `a call with everything and a call with nothing cross the bus`() throws {
        try roundTrip(
            LogCall(
                id: CallID(UUID()), clientID: ClientID(UUID()), callerPhone: "+1-555-0200", callerName: "José 🎧",
                durationMS: 45_500,
                latencies: ComponentLatencies(sttMicros: 150_000, llmMicros: 0, ttsMicros: nil),
                transcript: "Customer: hi",
                sentiment: .negative, success: false, recordingURL: "https://example.com/a.wav", notes: "",
                createdAt: Timestamp(microseconds: 1)))
        try roundTrip(LogCall(id: CallID(UUID()), clientID: ClientID(UUID())))
    }

    @Test func `events, clients, sign-ins and keys cross the bus`() throws {
        let facts = CallFacts(
            clientID: nil, agentID: AgentID(UUID()), campaignID: nil, channel: .chat, status: .failed, success: false,
            sentiment: .positive, durationMS: 1, latencies: ComponentLatencies(), costMicros: -5, endCategory: .busy,
            isSimulated: true, createdAt: .now())
        try roundTrip(CallChanged(id: CallID(UUID()), version: 3, before: facts, after: nil))
        let client = ClientRecord(
            id: ClientID(UUID()), name: "Dr. Mike's Dental", phoneNumber: "+1-555-0100", profession: nil,
            voiceName: "af_sarah", voiceID: "x", systemPrompt: nil, agentID: nil, createdAt: .now(), isActive: true,
            version: 1)
        try roundTrip(ClientChanged(before: nil, after: client))
        try roundTrip(ClientPage(clients: [client, client], total: 2, next: PageCursor(at: .now(), id: UUID())))
        try roundTrip(
            CreatedAPIKey(
                record: APIKeyRecord(
                    id: APIKeyID(UUID()), name: "k", prefix: "sb_abc", scopes: [.readCalls, .admin], createdAt: .now(),
                    expiresAt: nil, lastUsedAt: .now()), secret: "sb_abcdef"))
        try roundTrip(Revocations(positions: Array(0..<16), entries: [AccessRevoked(forgetAfter: .now())]))
    }

    @Test func `sums cross the bus, alone and within lists`() throws {
        var measures = Measures()
        for measure in Measure.allCases { measures[measure] = (measure.rawValue - 7) * 1_000_000_007 }
        try roundTrip(measures)
        try roundTrip(
            DailyTotals(days: [
                DailyTotals.Day(day: CalendarDay(daysSince1970: -3), measures: measures),
                DailyTotals.Day(day: CalendarDay(daysSince1970: 20_000), measures: Measures()),
            ]))
        let group = RecomputedStatistics.Group(
            clientID: ClientID(UUID()), agentID: nil, campaignID: nil)
        try roundTrip(
            RecomputedStatistics(
                position: 9, sums: [.init(group: group, day: CalendarDay(daysSince1970: 1), measures: measures)],
                latencies: [.init(group: group, component: .llm, bucket: 700, count: 3)]))
    }

    @Test(arguments: [
        StatisticsSubject.workspace, .client(ClientID(UUID())), .agent(AgentID(UUID())), .campaign(CampaignID(UUID())),
    ])
    func `the subject of a statistic crosses the bus`(subject: StatisticsSubject) throws {
        let request = try GetTotals.decoded(from: GetTotals(about: subject, withLatencies: true).encoded())
        #expect(request.about == subject)
        #expect(request.withLatencies)
    }

    @Test func `taking away what was added leaves nothing`() {
        var measures = Measures()
        measures[.calls] = 3
        measures[.durationMS] = 45_500
        var sum = measures
        sum += measures
        sum -= measures
        #expect(sum == measures)
        sum -= measures
        #expect(sum.isZero)
    }

    @Test func `a cursor survives its text and nonsense is no cursor`() throws {
        let cursor = PageCursor(at: .now(), id: UUID())
        #expect(PageCursor(text: cursor.text) == cursor)
        #expect(!cursor.text.contains { "+/=".contains($0) })
        for nonsense in ["", "x", String(repeating: "A", count: 31), String(repeating: "!", count: 32)] {
            #expect(PageCursor(text: nonsense) == nil)
        }
    }

    @Test func `an id is a UUID of 36 characters in any case, shown in lower case`() throws {
        let id = try #require(CallID("550E8400-E29B-41D4-A716-446655440002"))
        #expect("\(id)" == "550e8400-e29b-41d4-a716-446655440002")
        for nonsense in ["", "1", "550e8400e29b41d4a716446655440002", "550e8400-e29b-41d4-a716-44665544000g"] {
            #expect(CallID(nonsense) == nil)
        }
    }

    @Test func `every code of the catalogue has a text, and a fault finds its entry again`() {
        for code in FaultCode.allCases {
            #expect(!code.defaultMessage.isEmpty)
            #expect(Fault(code).entry == code)
        }
        for fault in [Fault.unexpected(), .overloaded(), .deadlinePassed(), .unreachable("calls")] {
            #expect(FaultCode(rawValue: fault.code)?.kind == fault.kind)
        }
    }
}
