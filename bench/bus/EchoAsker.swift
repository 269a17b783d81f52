import Bus
import Foundation
import ZeroMQ

/// Sent back as it came.
struct Echo: BusRequest {
    static let subject: Subject = "bench.send-back.v1"
    typealias Reply = Echo
    var payload: [UInt8]

    init(payload: [UInt8]) {
        self.payload = payload
    }

    init(from reader: inout MessageReader) throws {
        payload = try reader.read()
    }

    func write(to writer: inout MessageWriter) {
        writer.write(payload)
    }
}

/// Asks echoes as the gateway asks its services: as a person, within a request that has an id and a deadline.
struct EchoAsker {
    let bus: ZeroMQBus
    let echo: Echo
    private let requestID = "0123456789abcdef0123456789abcdef"
    private let caller = Caller(identity: .person(UUID(), session: UUID()), workspaceID: UUID(), scopes: 0xff)

    init(bus: ZeroMQBus, bytes: Int) {
        self.bus = bus
        echo = Echo(payload: [UInt8](repeating: 7, count: bytes))
    }

    func askOnce() async throws {
        let context = RequestContext(requestID: requestID, deadline: .after(milliseconds: 5000))
        let reply = try await RequestContext.$current.withValue(context) { try await bus.ask(echo, as: caller) }
        precondition(reply.payload.count == echo.payload.count, "the echo is another one")
    }

    /// Waits until the server is there, at most 5 s.
    func warmUp() async throws {
        let deadline = Deadline.after(milliseconds: 5000)
        while true {
            do {
                try await askOnce()
                break
            } catch let fault as Fault where fault.kind == .unavailable && !deadline.hasPassed {
                try await Task.sleep(for: .milliseconds(20))
            }
        }
        for _ in 0..<1000 { try await askOnce() }
    }

    /// - Returns: a JSON object.
    func measure(_ measurement: Measurement) async throws -> String {
        let end = monotonicNanoseconds() + UInt64(measurement.seconds * 1e9)
        if let inFlight = measurement.inFlight { return try await measureThroughput(until: end, inFlight: inFlight) }
        return try await measureLatency(until: end)
    }

    private func measureLatency(until end: UInt64) async throws -> String {
        var samples: [UInt64] = []
        samples.reserveCapacity(1_000_000)
        var before = monotonicNanoseconds()
        while before < end {
            try await askOnce()
            let after = monotonicNanoseconds()
            samples.append(after - before)
            before = after
        }
        samples.sort()
        let count = samples.count
        let p50 = Double(samples[count / 2]) / 1000
        let p99 = Double(samples[count * 99 / 100]) / 1000
        return String(format: "{\"round_trips\":%d,\"p50_us\":%.1f,\"p99_us\":%.1f}", count, p50, p99)
    }

    private func measureThroughput(until end: UInt64, inFlight: Int) async throws -> String {
        let began = monotonicNanoseconds()
        let count = try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<inFlight {
                group.addTask {
                    var count = 0
                    while monotonicNanoseconds() < end {
                        try await askOnce()
                        count += 1
                    }
                    return count
                }
            }
            return try await group.reduce(0, +)
        }
        let seconds = Double(monotonicNanoseconds() - began) / 1e9
        return String(format: "{\"round_trips\":%d,\"per_second\":%.0f}", count, Double(count) / seconds)
    }
}
