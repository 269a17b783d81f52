import Contracts
import Testing

@testable import VoiceFlowDialect

@Suite struct WordingTests {
    @Test(arguments: [
        (0, "0s"), (499, "0s"), (500, "1s"), (45_000, "45s"), (60_000, "1m 0s"), (204_000, "3m 24s"),
        (3_725_000, "1h 2m 5s"),
    ])
    func `a duration has no unit that is not needed`(milliseconds: Int, text: String) {
        #expect(Wording.duration(ofMS: milliseconds) == text)
    }

    @Test(arguments: [(0, "0:00"), (9, "0:09"), (225, "3:45"), (3725, "1:02:05")])
    func `a running clock has two digits of seconds`(seconds: Int, text: String) {
        #expect(Wording.clock(ofSeconds: seconds) == text)
    }

    @Test func `waiting times and changes have one decimal`() {
        #expect(Wording.seconds(ofMicros: 2_349_999) == "2.3s" && Wording.seconds(ofMicros: 0) == "0.0s")
        #expect(Wording.seconds(ofMicros: 2_350_000) == "2.4s")
        #expect([152, 0, -3, -21].map { Wording.change(ofTenths: $0) } == ["+15.2", "+0.0", "-0.3", "-2.1"])
    }

    @Test(arguments: [
        (-5, "just now"), (0, "just now"), (59, "just now"), (60, "1 minute ago"), (150, "2 minutes ago"),
        (3600, "1 hour ago"), (86_399, "23 hours ago"), (86_400, "1 day ago"), (30 * 86_400, "30 days ago"),
    ])
    func `what was a while ago is told in its largest unit`(seconds: Int, text: String) {
        let now = Timestamp(text: "2026-06-01T00:00:00Z")!
        #expect(Wording.ago(now.adding(seconds: -seconds), now: now) == text)
    }
}
