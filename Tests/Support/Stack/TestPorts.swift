import Foundation
import Synchronization

/// TCP ports for the processes of tests, below those that the system gives to outgoing connections, so that a process
/// finds its port free again after a restart.
package enum TestPorts {
    /// Each is given once, since whoever was given it may not listen yet.
    private static let given = Mutex<Set<Int>>([])

    /// A port of 127.0.0.1 that nobody listened on a moment ago, and that nobody else was given.
    package static func free() throws -> Int {
        for _ in 0..<200 {
            let port = Int.random(in: 20_000...31_999)
            if isFree(port), given.withLock({ $0.insert(port).inserted }) { return port }
        }
        throw ChildProcess.Failure(description: "no TCP port is free")
    }

    private static func isFree(_ port: Int) -> Bool {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        return withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
    }
}
