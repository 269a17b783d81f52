import Bus
import Foundation
import Logging
import Testing
import ZeroMQ

/// The tests of the bus with real sockets. One at a time: many of them look at the time that something takes.
@Suite(.serialized) enum ZeroMQBusTests {}

/// A question with everything a handler can be told to do.
struct Probe: BusRequest, Equatable {
    static let subject: Subject = "probe.do-it.v1"
    typealias Reply = Echo
    var text = ""
    var copies = 1
    var sleepMS = 0
    var fails = false

    init(_ text: String = "", copies: Int = 1, sleepMS: Int = 0, fails: Bool = false) {
        self.text = text
        self.copies = copies
        self.sleepMS = sleepMS
        self.fails = fails
    }

    init(from reader: inout MessageReader) throws {
        text = try reader.read()
        copies = try reader.read()
        sleepMS = try reader.read()
        fails = try reader.read()
    }

    func write(to writer: inout MessageWriter) {
        writer.write(text)
        writer.write(copies)
        writer.write(sleepMS)
        writer.write(fails)
    }
}

/// The same as `Probe` for something that may be done twice.
struct RepeatableProbe: BusRequest, Codable {
    static let subject: Subject = "probe.do-it-again.v1"
    static let isRepeatable = true
    typealias Reply = Echo
    var sleepMS = 0
}

/// The most important kind of work, and the least.
struct IngestProbe: BusRequest, Codable {
    static let subject: Subject = "probe.ingest.v1"
    static let priority = AdmissionPriority.ingest
    typealias Reply = Echo
    var sleepMS = 0
}

struct StatisticsProbe: BusRequest, Codable {
    static let subject: Subject = "probe.count.v1"
    static let priority = AdmissionPriority.statistics
    typealias Reply = Echo
    var sleepMS = 0
}

/// What a handler saw.
struct Echo: BusMessage, Codable, Equatable {
    var text = ""
    var server = ""
    var requestID = ""
    var budgetMS = 0
    var caller = ""
}

struct ProbeNews: BusNotice, Codable {
    static let subject: Subject = "probe.happened.v1"
    var number = 0
}

/// Folders, configurations and servers for the tests of one bus; removes what it made.
final class BusFixture: Sendable {
    let folder: String
    private let buses = Collected<ZeroMQBus>()
    /// What handlers have begun, in that order.
    let began = Collected<String>()

    init() {
        folder = "/tmp/sbt-" + String(UInt32.random(in: .min ... .max), radix: 36)
        try? FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    var owner: ZeroMQBusConfiguration.Owner {
        .init(requests: ["ipc://\(folder)/probe-*.sock"], events: ["ipc://\(folder)/probe-*.events"])
    }

    static let quiet: Logger = {
        var logger = Logger(label: "bus")
        logger.logLevel = ProcessInfo.processInfo.environment["BUS_TEST_LOG"] == nil ? .critical : .trace
        return logger
    }()

    /// A process that only asks.
    func asker(_ change: (inout ZeroMQBusConfiguration) -> Void = { _ in }) throws -> ZeroMQBus {
        var configuration = ZeroMQBusConfiguration(service: "gateway", owners: ["probe": owner])
        configuration.limits.lookoutMS = 100
        change(&configuration)
        return try start(ZeroMQBus(configuration, logger: BusFixture.quiet))
    }

    /// A process that answers probes under the name that its echoes carry.
    func server(
        _ name: String = "1", serving: Bool = true, _ change: (inout ZeroMQBusConfiguration) -> Void = { _ in }
    ) throws -> ZeroMQBus {
        var configuration = ZeroMQBusConfiguration(
            service: "probe", requestsBind: "ipc://\(folder)/probe-\(name).sock",
            eventsBind: "ipc://\(folder)/probe-\(name).events")
        change(&configuration)
        let bus = ZeroMQBus(configuration, logger: BusFixture.quiet)
        if serving { serve(on: bus, as: name) }
        return try start(bus)
    }

    func start(_ bus: ZeroMQBus) throws -> ZeroMQBus {
        try bus.start()
        buses.append(bus)
        return bus
    }

    private func serve(on bus: some Bus, as name: String) {
        bus.serve(Probe.self) { [began] probe, caller in
            began.append("read")
            if probe.fails { throw Fault(kind: .conflict, code: "X", message: probe.text, field: "text") }
            return try await Self.echo(
                String(repeating: probe.text, count: probe.copies), name, caller, after: probe.sleepMS)
        }
        bus.serve(RepeatableProbe.self) { try await Self.echo("", name, $1, after: $0.sleepMS) }
        bus.serve(IngestProbe.self) { [began] in
            began.append("ingest")
            return try await Self.echo("", name, $1, after: $0.sleepMS)
        }
        bus.serve(StatisticsProbe.self) { [began] in
            began.append("statistics")
            return try await Self.echo("", name, $1, after: $0.sleepMS)
        }
    }

    private static func echo(
        _ text: String, _ name: String, _ caller: Caller, after milliseconds: Int
    ) async throws -> Echo {
        if milliseconds > 0 { try await Task.sleep(for: .milliseconds(milliseconds)) }
        let context = RequestContext.current
        return Echo(
            text: text, server: name, requestID: context?.requestID ?? "",
            budgetMS: context?.deadline.remainingMS ?? 0, caller: caller.identity.credentialID)
    }

    /// Ends every bus that this fixture started.
    func close() async {
        for bus in buses.all { await bus.close() }
    }
}

/// Runs a test with a fixture, and ends every bus whatever comes of it.
func withBuses(_ body: (BusFixture) async throws -> Void) async throws {
    let fixture = BusFixture()
    do {
        try await body(fixture)
    } catch {
        await fixture.close()
        throw error
    }
    await fixture.close()
}

/// Things that come from several threads, in the order in which they came.
final class Collected<Element: Sendable>: @unchecked Sendable {
    private let lock = NSLock()
    private var items: [Element] = []

    var all: [Element] { lock.withLock { items } }
    var count: Int { lock.withLock { items.count } }

    func append(_ item: Element) { lock.withLock { items.append(item) } }
}

/// Waits until something holds; false when it does not within the time.
func eventually(within milliseconds: Int = 5000, _ holds: () -> Bool) async -> Bool {
    let deadline = Deadline.after(milliseconds: milliseconds)
    while !holds() {
        if deadline.hasPassed { return false }
        try? await Task.sleep(for: .milliseconds(5))
    }
    return true
}

/// What an operation failed with, as a fault; nil when it did not or otherwise.
func failure(of operation: () async throws -> some Any) async -> Fault? {
    do {
        _ = try await operation()
        return nil
    } catch {
        return error as? Fault
    }
}
