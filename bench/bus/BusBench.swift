import Bus
import Foundation
import Logging
import ZeroMQ

/// The bus between two processes, as the services use it: typed messages, caller, deadline, heartbeats.
///
///     bus-bench serve <endpoint>
///     bus-bench ask <endpoint> latency <seconds> <bytes>
///     bus-bench ask <endpoint> throughput <seconds> <bytes> <in flight>
@main
struct BusBench {
    static func main() async throws {
        let words = Array(CommandLine.arguments.dropFirst())
        switch (words.first, words.count) {
        case ("serve", 2):
            try await serve(at: words[1])
        case ("ask", 5...6):
            try await ask(words[1], Measurement(words.dropFirst(2)))
        default:
            refuse()
        }
    }

    /// Echoes until it is ended by a signal.
    private static func serve(at endpoint: String) async throws {
        let bus = ZeroMQBus(
            ZeroMQBusConfiguration(service: Echo.subject.owner, requestsBind: endpoint),
            logger: Logger(label: "bus-bench"))
        bus.serve(Echo.self) { echo, _ in echo }
        try bus.start()
        print("ready")
        fflush(nil)
        while !Task.isCancelled { try await Task.sleep(for: .seconds(3600)) }
    }

    private static func ask(_ endpoint: String, _ measurement: Measurement?) async throws {
        guard let measurement else { refuse() }
        let bus = ZeroMQBus(
            ZeroMQBusConfiguration(
                service: "bench-asker",
                owners: [Echo.subject.owner: ZeroMQBusConfiguration.Owner(requests: [endpoint])]),
            logger: Logger(label: "bus-bench"))
        try bus.start()
        let asker = EchoAsker(bus: bus, bytes: measurement.bytes)
        try await asker.warmUp()
        print(try await asker.measure(measurement))
        await bus.close()
    }

    static func refuse() -> Never {
        print("usage: bus-bench serve <endpoint>")
        print("       bus-bench ask <endpoint> latency <seconds> <bytes>")
        print("       bus-bench ask <endpoint> throughput <seconds> <bytes> <in flight>")
        exit(64)
    }
}

/// What is to be measured, for how many seconds, with how many payload bytes.
struct Measurement {
    /// Questions that are in flight at a time; nil measures the time of one after the other.
    var inFlight: Int?
    var seconds: Double
    var bytes: Int

    /// Nil when the words are none of the two forms of `ask`.
    init?(_ words: ArraySlice<String>) {
        let words = Array(words)
        guard let seconds = Double(words[1]), let bytes = Int(words[2]) else { return nil }
        guard (0.0...600.0).contains(seconds), bytes >= 0 else { return nil }
        self.seconds = seconds
        self.bytes = bytes
        switch (words[0], words.count) {
        case ("latency", 3): inFlight = nil
        case ("throughput", 4): inFlight = Int(words[3])
        default: return nil
        }
    }
}
