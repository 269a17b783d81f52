import Bus
import CZeroMQ
import Glibc
import Logging

/// Finds where the processes of each owner are, again and again: files that match a pattern, addresses of a name.
///
/// Works on a thread of its own because resolving a name blocks. Holds no socket, so nobody waits for its end.
final class Lookout: @unchecked Sendable {
    /// What is looked for, and who is told of all that was found.
    struct Target: Sendable {
        let patterns: [String]
        /// Endpoints that need not be tried because they are in use.
        let live: @Sendable () -> Set<String>
        let found: @Sendable ([String]) -> Void
    }

    private struct State {
        var isStopped = false
        var isHurried = false
    }

    private let targets: [Target]
    private let everyMS: Int
    private let state = Locked(State())
    private let wake = Wake()
    private let names = NameResolution()

    /// Hurried looks are not closer together than this.
    static let hurryMS = 50

    init(targets: [Target], everyMS: Int) {
        self.targets = targets
        self.everyMS = everyMS
    }

    /// Looks again soon instead of at the next turn.
    func lookNow() {
        let isNew = state.withLock { state in
            defer { state.isHurried = true }
            return !state.isHurried
        }
        if isNew { wake.signal() }
    }

    func stop() {
        state.withLock { $0.isStopped = true }
        wake.signal()
    }

    func run() {
        var poller = Poller(wake: wake)
        while !state.withLock({ $0.isStopped }) {
            state.withLock { $0.isHurried = false }
            for target in targets { target.found(endpoints(of: target)) }
            usleep(useconds_t(Lookout.hurryMS * 1000))
            poller.poll(timeoutMS: Int32(clamping: everyMS)) {
                self.state.withLock { !$0.isStopped && !$0.isHurried }
            }
        }
    }

    private func endpoints(of target: Target) -> [String] {
        let live = target.live()
        return target.patterns.flatMap { pattern in
            if let path = SocketFiles.path(of: pattern) {
                return SocketFiles.matching(path)
                    .filter { live.contains("ipc://\($0)") || SocketFiles.listener(at: $0) == .alive }
                    .map { "ipc://\($0)" }
            }
            return names.endpoints(of: pattern)
        }
    }
}

/// Turns `tcp://name:port` into one endpoint per address of the name. Remembers the last answer for when there is none.
final class NameResolution {
    private var known: [String: [String]] = [:]

    func endpoints(of pattern: String) -> [String] {
        guard let (host, port) = NameResolution.parts(of: pattern) else { return [pattern] }
        if let addresses = NameResolution.addresses(of: host), !addresses.isEmpty {
            known[pattern] = addresses.map { $0.contains(":") ? "tcp://[\($0)]:\(port)" : "tcp://\($0):\(port)" }
        }
        return known[pattern] ?? []
    }

    /// Host and port of a `tcp://` endpoint.
    static func parts(of endpoint: String) -> (host: String, port: String)? {
        guard endpoint.hasPrefix("tcp://"), let colon = endpoint.lastIndex(of: ":") else { return nil }
        let host = endpoint[endpoint.index(endpoint.startIndex, offsetBy: 6)..<colon]
        let bare = host.hasPrefix("[") && host.hasSuffix("]") ? host.dropFirst().dropLast() : host
        return bare.isEmpty ? nil : (String(bare), String(endpoint[endpoint.index(after: colon)...]))
    }

    /// Numeric addresses in the order of the resolver, each once; nil when it gives no answer. Blocks.
    static func addresses(of host: String) -> [String]? {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var list: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(host, nil, &hints, &list) == 0 else { return nil }
        defer { freeaddrinfo(list) }
        var addresses: [String] = []
        var next = list
        while let item = next?.pointee {
            var text = [CChar](repeating: 0, count: Int(NI_MAXHOST))
            let status = getnameinfo(
                item.ai_addr, item.ai_addrlen, &text, socklen_t(text.count), nil, 0, NI_NUMERICHOST)
            let address = String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
            if status == 0, !addresses.contains(address) { addresses.append(address) }
            next = item.ai_next
        }
        return addresses
    }
}
