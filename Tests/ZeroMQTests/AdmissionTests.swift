import Bus
import Testing

@testable import ZeroMQ

@Suite struct AdmissionTests {
    @Test func `what finds a place starts and what finds none waits in turn`() {
        var admission = Admission<Int>(limits: limits(places: 2))
        #expect(admission.admit(1, .ingest) == .start)
        #expect(admission.admit(2, .ingest) == .start)
        #expect(admission.admit(3, .statistics) == .wait)
        #expect(admission.admit(4, .read) == .wait)
        #expect(admission.admit(5, .ingest) == .wait)
        #expect(admission.next() == nil)
        admission.finished()
        #expect(admission.next() == 5)
        admission.finished()
        #expect(admission.next() == 4)
        admission.finished()
        #expect(admission.next() == nil)
        admission.finished()
        #expect(admission.next() == 3)
        admission.finished()
        #expect(admission.isIdle)
    }

    @Test func `each queue is bounded by itself`() {
        var admission = Admission<Int>(limits: limits(places: 1, queue: 2))
        #expect(admission.admit(0, .ingest) == .start)
        for priority in AdmissionPriority.allCases {
            #expect(admission.admit(1, priority) == .wait)
            #expect(admission.admit(2, priority) == .wait)
            #expect(admission.admit(3, priority) == .refuse)
        }
        #expect(admission.queued == [2, 2, 2])
    }

    @Test func `reads and statistics leave places to ingestion`() {
        var admission = Admission<Int>(limits: limits(places: 8))
        for number in 0..<4 { #expect(admission.admit(number, .statistics) == .start) }
        #expect(admission.admit(4, .statistics) == .wait)
        for number in 0..<3 { #expect(admission.admit(number, .read) == .start) }
        #expect(admission.admit(7, .read) == .wait)
        #expect(admission.admit(8, .ingest) == .start)
        #expect(admission.admit(9, .ingest) == .wait)
        #expect(admission.running == 8)
    }

    @Test func `nothing overtakes what waits with its own or a higher priority`() {
        var admission = Admission<Int>(limits: limits(places: 1))
        #expect(admission.admit(0, .ingest) == .start)
        #expect(admission.admit(1, .read) == .wait)
        admission.finished()
        #expect(admission.admit(2, .read) == .wait)
        #expect(admission.admit(3, .ingest) == .start)
        admission.finished()
        #expect(admission.next() == 1)
    }

    @Test func `what waits too long is given back`() {
        var admission = Admission<Int>(limits: limits(places: 1, waitMS: 0))
        #expect(admission.overdue().isEmpty && admission.nextOverdue == nil)
        #expect(admission.admit(0, .ingest) == .start)
        #expect(admission.admit(1, .read) == .wait)
        #expect(admission.nextOverdue?.hasPassed == true)
        #expect(admission.overdue() == [1])
        #expect(admission.queued == [0, 0, 0])
    }

    private func limits(places: Int, queue: Int = 10, waitMS: Int = 60_000) -> BusLimits {
        var limits = BusLimits()
        (limits.servedInFlight, limits.queueLength, limits.queueWaitMS) = (places, queue, waitMS)
        return limits
    }
}
