import CZeroMQ
import Glibc
import Logging

/// The files behind `ipc://` endpoints. libzmq takes a path over in silence from whoever listens there, so it is looked
/// at first.
enum SocketFiles {
    enum Listener: Equatable {
        /// Somebody accepts connections, or has too many to accept one more.
        case alive
        /// A file that a dead process left behind.
        case dead
        case absent
    }

    /// The path of an `ipc://` endpoint, nil for another kind.
    static func path(of endpoint: String) -> String? {
        endpoint.hasPrefix("ipc://") ? String(endpoint.dropFirst(6)) : nil
    }

    /// Tries to connect, without waiting.
    static func listener(at path: String) -> Listener {
        guard inode(of: path) != nil else { return .absent }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        guard path.utf8.count < MemoryLayout.size(ofValue: address.sun_path) else { return .absent }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue), 0)
        guard descriptor >= 0 else { return .alive }
        defer { Glibc.close(descriptor) }
        let status = withUnsafePointer(to: &address) { address in
            address.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        return status == 0 || (errno != ECONNREFUSED && errno != ENOENT) ? .alive : .dead
    }

    /// What tells one file from another at the same path.
    static func inode(of path: String) -> UInt64? {
        var status = stat()
        return stat(path, &status) == 0 ? UInt64(status.st_ino) : nil
    }

    static func ageSeconds(of path: String) -> Int? {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        return time(nil) - status.st_mtim.tv_sec
    }

    static func remove(_ path: String) { unlink(path) }

    /// Paths that match a pattern with `*` in it.
    static func matching(_ pattern: String) -> [String] {
        var found = glob_t()
        defer { globfree(&found) }
        guard glob(pattern, 0, nil, &found) == 0 else { return [] }
        return (0..<Int(found.gl_pathc)).compactMap { index in found.gl_pathv[index].map { String(cString: $0) } }
    }

    /// Removes what dead processes left beside `path`: files whose names differ only in digits, that refuse connections
    /// and are old enough not to be just starting.
    static func removeLeftovers(beside path: String) {
        let pattern = path.replacing(/[0-9]+/, with: "*")
        guard pattern != path, let slash = path.lastIndex(of: "/") else { return }
        for other in matching(
            String(path[...slash]) + String(pattern[pattern.index(after: pattern.lastIndex(of: "/") ?? slash)...]))
        where other != path && (ageSeconds(of: other) ?? 0) > 10 && listener(at: other) == .dead {
            remove(other)
        }
    }
}

/// Where a socket of ours is bound, and whether its file is still ours.
struct Binding {
    /// The endpoint as bound, with the port that was chosen.
    let endpoint: String
    private let path: String?
    private var inode: UInt64?
    private var checkedAt: UInt64 = 0
    private var isHidden = false

    /// How often the file is looked at.
    let checkEveryMS = 2000

    /// Binds `socket`, after making sure that nobody else is there.
    /// - Throws: `ZeroMQFailure`, with `EADDRINUSE` when another process listens.
    init(_ socket: Socket, to endpoint: String) throws {
        path = SocketFiles.path(of: endpoint)
        if let path {
            guard SocketFiles.listener(at: path) != .alive else {
                throw ZeroMQFailure("bind \(endpoint)", code: EADDRINUSE)
            }
            SocketFiles.removeLeftovers(beside: path)
        }
        try socket.listen(endpoint)
        self.endpoint = socket.lastEndpoint
        inode = path.flatMap(SocketFiles.inode)
        checkedAt = monotonicMilliseconds()
    }

    /// Binds again when the file was removed under a running process, and complains when it was replaced.
    mutating func check(_ socket: Socket, _ logger: Logger) {
        guard let path, !isHidden else { return }
        let now = monotonicMilliseconds()
        guard now - checkedAt >= UInt64(checkEveryMS) else { return }
        checkedAt = now
        let current = SocketFiles.inode(of: path)
        guard current != inode else { return }
        if current == nil {
            logger.warning("socket file is gone; binding again", metadata: ["path": "\(path)"])
            try? socket.bind(endpoint)
            inode = SocketFiles.inode(of: path)
        } else {
            logger.error("another process took the socket file", metadata: ["path": "\(path)"])
            inode = current
            isHidden = true
        }
    }

    /// Keeps new askers away; those that are connected stay.
    mutating func hide() {
        guard let path, !isHidden else { return }
        isHidden = true
        if SocketFiles.inode(of: path) == inode { SocketFiles.remove(path) }
    }

    mutating func release() { hide() }
}

private func monotonicMilliseconds() -> UInt64 {
    var now = timespec()
    clock_gettime(CLOCK_MONOTONIC, &now)
    return UInt64(now.tv_sec) * 1000 + UInt64(now.tv_nsec) / 1_000_000
}
