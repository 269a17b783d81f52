import Bus
import Contracts
import Foundation
import GatewayHTTP
import NIOConcurrencyHelpers
import Testing

@Suite struct RevocationTests {
    /// Auth's log, as far as gateways ask for it.
    final class FakeLog: Sendable {
        let events = NIOLockedValueBox<[EventRecord]>([])
        let snapshot = NIOLockedValueBox<[AccessRevoked]>([])
        let isAway = NIOLockedValueBox(false)

        func serve(on bus: InMemoryBus) {
            bus.serve(ListRevocations.self) { _, _ in
                try self.requireThere()
                return Revocations(
                    positions: Array(repeating: 0, count: EventPartition.count),
                    entries: self.snapshot.withLockedValue { $0 })
            }
            bus.serve(EventsAfter<AuthEvents>.self) { request, _ in
                try self.requireThere()
                return EventBatch(
                    events: self.events.withLockedValue { $0.filter { $0.number > request.positions[$0.partition] } })
            }
        }

        func add(_ revocation: AccessRevoked) {
            events.withLockedValue { events in
                events.append(
                    EventRecord(
                        partition: 3, number: events.count + 1, workspaceID: UUID(), kind: AccessRevoked.kind,
                        payload: revocation.encoded()))
            }
        }

        private func requireThere() throws {
            if isAway.withLockedValue({ $0 }) { throw Fault(.unavailable) }
        }
    }

    func eventually(_ condition: () -> Bool) async -> Bool {
        for _ in 0..<200 {
            if condition() { return true }
            try? await Task.sleep(for: .milliseconds(20))
        }
        return false
    }

    @Test func `the snapshot and every change after it are known`() async throws {
        let bus = InMemoryBus(logger: silent)
        let log = FakeLog()
        let later = Timestamp.now().adding(seconds: 60)
        let (first, second) = (SessionID(UUID()), SessionID(UUID()))
        let key = APIKeyID(UUID())
        log.snapshot.withLockedValue { $0 = [AccessRevoked(sessionID: first, forgetAfter: later)] }
        log.serve(on: bus)
        let list = RevocationList(staleAfterMS: 500)
        #expect(!list.isFollowed && list.ageMS == nil)
        let follower = list.follower(of: bus, logger: silent, pollMS: 20)
        let task = Task { await follower.run() }
        #expect(await eventually { list.isFollowed })
        let person = PersonID(UUID())
        #expect(list.isRevoked(first, of: person, generation: 0))
        #expect(!list.isRevoked(second, of: person, generation: 0))
        log.add(AccessRevoked(sessionID: second, forgetAfter: later))
        log.add(AccessRevoked(personID: person, generation: 5, forgetAfter: later))
        log.add(AccessRevoked(personID: person, generation: 2, forgetAfter: later))
        log.add(AccessRevoked(apiKeyID: key, forgetAfter: later))
        bus.publish(EventsRecorded<AuthEvents>(partition: 3))
        #expect(await eventually { list.isRevoked(key) })
        #expect(list.isRevoked(second, of: PersonID(UUID()), generation: 0))
        #expect(list.isRevoked(SessionID(UUID()), of: person, generation: 4))
        #expect(!list.isRevoked(SessionID(UUID()), of: person, generation: 5))
        log.isAway.withLockedValue { $0 = true }
        #expect(await eventually { !list.isFollowed })
        #expect(list.isRevoked(key))
        log.isAway.withLockedValue { $0 = false }
        #expect(await eventually { list.isFollowed })
        task.cancel()
        await task.value
    }
}
