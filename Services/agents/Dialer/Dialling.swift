import Bus
import Contracts
import Logging
import Postgres
import ServiceHost
import ServiceLifecycle
import ServiceRuntime

/// The parts of a process that dial, put together.
struct Dialling: Sendable {
    private static let seed: UInt64 = 1

    let state = DialerState()
    let components: [any Service]

    /// - Parameter carrier: nil for the simulated one.
    init(
        carrier: (any Carrier)?, store: AgentsStore, bus: any Asking & Announcing, callSeconds: Int, logger: Logger,
        leaseSeconds: Int = 15, announce: @escaping @Sendable (WorkspaceID) -> Void
    ) {
        let state = state
        let attempts = PostgresAttemptRepository(jobs: store.jobs)
        let terms = DialingTerms(
            holder: DialerID(UUIDv7.make()), isSimulated: carrier == nil, callSeconds: callSeconds,
            leaseSeconds: leaseSeconds)
        let records = CallRecords(bus: bus, stop: state.stop)
        let placing = Placing(
            attempts: attempts, records: records, carrier: carrier ?? SimulatedCarrier(),
            simulated: SimulatedCalls(seed: Self.seed, records: records), terms: terms, state: state, logger: logger)
        bus.subscribe(to: EventsRecorded<AgentsEvents>.self, missed: {}, { _ in state.wake.signal() })
        components = [
            CallEndedListener(bus: bus, jobs: store.jobs, logger: logger) { state.noteSettled($0) },
            CampaignScheduler(
                campaigns: PostgresCampaignRepository(store: store), announce: announce, wake: { state.wake.signal() },
                logger: logger),
            DialerUpkeep(attempts: attempts, records: records, terms: terms, state: state, logger: logger),
            Dialer(attempts: attempts, placing: placing, terms: terms, state: state, logger: logger),
        ]
    }

    init(host: ServiceHost, store: AgentsStore, announce: @escaping @Sendable (WorkspaceID) -> Void) {
        let carrier = host.settings[DialerSettings.voiceServerURL].map {
            VoiceServerCarrier(url: $0.text, key: host.settings[DialerSettings.voiceServerKey]?.revealed)
        }
        self.init(
            carrier: carrier, store: store, bus: host.bus,
            callSeconds: host.settings[DialerSettings.callMaxMinutes] * 60, logger: host.logger, announce: announce)
        DialerMetrics.add(of: state, to: host.metrics)
    }
}
