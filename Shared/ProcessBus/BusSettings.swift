import Foundation
import ServiceRuntime
import ZeroMQ

/// Where the processes of a stack find one another.
package enum BusSettings {
    package static let dataDirectory = Setting<String>(
        name: "DATA_DIR", default: ".data", summary: "folder of everything that the one-machine stack keeps")
    package static let directory = Setting<String?>(
        name: "BUS_DIR", summary: "folder of the bus's socket files",
        defaultNote: "run in DATA_DIR, or a short folder in /tmp when that path is too long for a socket")
    package static let keysDirectory = Setting<String?>(
        name: "BUS_KEYS_DIR", summary: "folder of CURVE keys and of the list of admitted peers",
        defaultNote: "the bus is in plain text and open to whoever reaches it")

    /// The services that answer on the bus.
    package static let services = ["auth", "agents", "calls", "analytics"]

    package static let all: [any SettingDeclaration] =
        [dataDirectory, directory, keysDirectory]
        + services.flatMap { service in ServiceAddresses(service).declarations }

    /// The folder of the socket files.
    package static func socketDirectory(_ settings: Settings) -> String {
        if let given = settings[directory] { return given }
        let data = settings[dataDirectory]
        let path = data.hasPrefix("/") ? data : FileManager.default.currentDirectoryPath + "/" + data
        let usual = URL(fileURLWithPath: path + "/run").standardizedFileURL.path
        // The longest name in it is `/analytics-<pid>.events`; a socket's path ends at 107 bytes.
        guard usual.utf8.count > 80 else { return usual }
        return "/tmp/sb-" + String(stableHash(usual), radix: 36)
    }

    /// FNV-1a: the same for every process of the stack and for the script that starts them.
    private static func stableHash(_ text: String) -> UInt64 {
        text.utf8.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
    }
}

/// The four settings of one service's addresses.
struct ServiceAddresses {
    let service: String
    let requests: Setting<[String]>
    let requestsBind: Setting<String?>
    let events: Setting<[String]>
    let eventsBind: Setting<String?>

    init(_ service: String) {
        self.service = service
        let prefix = service.uppercased()
        let pattern = "a list of tcp://name:port or ipc:// patterns with *"
        requests = Setting(
            name: "\(prefix)_BUS", default: [], summary: "where askers find \(service): \(pattern)",
            defaultNote: "ipc://<BUS_DIR>/\(service)-*.sock")
        requestsBind = Setting(
            name: "\(prefix)_BUS_BIND", summary: "where a process of \(service) answers",
            defaultNote: "ipc://<BUS_DIR>/\(service)-<pid>.sock")
        events = Setting(
            name: "\(prefix)_EVENTS", default: [], summary: "where listeners find the news of \(service): \(pattern)",
            defaultNote: "ipc://<BUS_DIR>/\(service)-*.events")
        eventsBind = Setting(
            name: "\(prefix)_EVENTS_BIND", summary: "where a process of \(service) publishes",
            defaultNote: "ipc://<BUS_DIR>/\(service)-<pid>.events")
    }

    var declarations: [any SettingDeclaration] { [requests, requestsBind, events, eventsBind] }

    func owner(_ settings: Settings, in directory: String) -> ZeroMQBusConfiguration.Owner {
        let requests = settings[requests]
        let events = settings[events]
        return ZeroMQBusConfiguration.Owner(
            requests: requests.isEmpty ? ["ipc://\(directory)/\(service)-*.sock"] : requests,
            events: events.isEmpty ? ["ipc://\(directory)/\(service)-*.events"] : events)
    }

    func binds(_ settings: Settings, in directory: String) -> (requests: String, events: String) {
        let stem = "ipc://\(directory)/\(service)-\(ProcessInfo.processInfo.processIdentifier)"
        return (settings[requestsBind] ?? stem + ".sock", settings[eventsBind] ?? stem + ".events")
    }
}
