import Bus
import Foundation
import Logging
import ServiceLifecycle
import ServiceRuntime
import ZeroMQ

/// The bus of one process, made from its settings: starts with the process, drains when it stops, shows its metrics.
package struct ProcessBus: Service {
    package let bus: ZeroMQBus
    private let logger: Logger

    /// - Parameter serves: true for a service, which answers and publishes; false for a process that only asks.
    /// - Throws: `StartFailure` for a folder that cannot be made or keys that cannot be read.
    package init(_ process: ServiceProcess, serves: Bool) throws {
        let settings = process.settings
        let directory = BusSettings.socketDirectory(settings)
        try Self.makeDirectory(directory)
        let addresses = BusSettings.services.map { ServiceAddresses($0) }
        var configuration = ZeroMQBusConfiguration(service: process.name)
        configuration.authority.passingOn = Set(BusSettings.services)
        for address in addresses { configuration.owners[address.service] = address.owner(settings, in: directory) }
        if serves, let own = addresses.first(where: { $0.service == process.name }) {
            let binds = own.binds(settings, in: directory)
            configuration.requestsBind = binds.requests
            configuration.eventsBind = binds.events
        }
        if let keys = settings[BusSettings.keysDirectory] {
            do {
                configuration.keys = try CurveKeys.load(keys, service: process.name)
            } catch {
                throw StartFailure("The keys of the bus cannot be used: \(error)", exitCode: 78)
            }
        }
        bus = ZeroMQBus(configuration, logger: process.logger)
        logger = process.logger
        BusMetrics.add(of: bus, to: process.metrics)
    }

    /// Binds and connects; after every `serve` and `subscribe`.
    package func start() async throws {
        do {
            try bus.start()
        } catch {
            throw StartFailure("The bus cannot start: \(error)")
        }
    }

    /// Keeps the bus until the process stops, then lets what is in flight finish.
    package func run() async throws {
        try? await gracefulShutdown()
        await bus.drain(within: 15_000)
        await bus.close()
    }

    /// A folder in /tmp could be somebody else's, who would then own the sockets in it.
    private static func makeDirectory(_ path: String) throws {
        let files = FileManager.default
        do {
            try files.createDirectory(
                atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        } catch {
            throw StartFailure("The folder \(path) for the bus's sockets cannot be made.", exitCode: 78)
        }
        let owner = try? files.attributesOfItem(atPath: path)[.ownerAccountID] as? NSNumber
        guard owner?.uint32Value == getuid() else {
            throw StartFailure("The folder \(path) for the bus's sockets belongs to somebody else.", exitCode: 78)
        }
    }
}
