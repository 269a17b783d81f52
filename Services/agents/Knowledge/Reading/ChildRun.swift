import Foundation
import NIOCore
import Synchronization

/// One run of another program, from its start to its end, on a thread that waits for it.
enum ChildRun {
    enum End: Sendable, Equatable {
        case exited(Int32)
        case signalled(Int32)
        /// It was ended, since its time was up.
        case overdue
    }

    struct Output: Sendable, Equatable {
        var bytes: [UInt8]
        /// It wanted to say more than it may.
        var isOverlong: Bool
        var end: End
    }

    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    /// Runs `arguments[0]` with nothing but these bytes on its standard input, a file that has no name.
    /// - Parameter mostBytes: of its output; a program that says more is ended.
    static func run(_ arguments: [String], input: ByteBuffer, mostBytes: Int, seconds: Int) throws -> Output {
        let file = try unnamedFile(input)
        defer { close(file) }
        // One after the other, so that no child gets hold of another one's pipe.
        let (child, output) = try starting.withLock { _ in try start(arguments, input: file) }
        defer { close(output) }
        let (bytes, isOverlong, isOverdue) = read(output, mostBytes: mostBytes, seconds: seconds)
        if isOverlong || isOverdue { endGroup(of: child) }
        let status = wait(for: child, isEnding: isOverlong || isOverdue, seconds: seconds)
        return Output(bytes: bytes, isOverlong: isOverlong, end: isOverdue ? .overdue : status)
    }

    private static let starting = Mutex(())

    /// - Returns: the process, and where its output can be read.
    private static func start(_ arguments: [String], input: Int32) throws -> (child: pid_t, output: Int32) {
        var ends: [Int32] = [0, 0]
        guard pipe(&ends) == 0 else { throw Failure(description: "no pipe: \(errno)") }
        defer { close(ends[1]) }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        do {
            return (try spawn(arguments, input: input, output: ends[1]), ends[0])
        } catch {
            close(ends[0])
            throw error
        }
    }

    private static func spawn(_ arguments: [String], input: Int32, output: Int32) throws -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, input, 0)
        posix_spawn_file_actions_adddup2(&actions, output, 1)
        posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0)
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var none = sigset_t()
        sigemptyset(&none)
        var all = sigset_t()
        sigfillset(&all)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setsigdefault(&attributes, &all)
        posix_spawnattr_setpgroup(&attributes, 0)
        posix_spawnattr_setflags(
            &attributes, Int16(POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))
        var pointers: [UnsafeMutablePointer<CChar>?] =
            arguments.map { strdup($0) as UnsafeMutablePointer<CChar>? } + [nil]
        let variables = ["PATH=/usr/bin:/bin", "LC_ALL=C.UTF-8", "HOME=/nonexistent"]
        var environment = variables.map { strdup($0) as UnsafeMutablePointer<CChar>? } + [nil]
        defer { (pointers + environment).forEach { free($0) } }
        var child: pid_t = 0
        let code = posix_spawn(&child, arguments[0], &actions, &attributes, &pointers, &environment)
        guard code == 0 else { throw Failure(description: "\(arguments[0]) cannot be started: \(code)") }
        return child
    }

    /// Whoever holds it open is the only one who can read it; it is gone with them.
    private static func unnamedFile(_ bytes: ByteBuffer) throws -> Int32 {
        let places = String(repeating: "X", count: 6)
        var template = Array("\(NSTemporaryDirectory())/switchboard-\(places)".utf8CString)
        let file = mkstemp(&template)
        guard file >= 0 else { throw Failure(description: "no temporary file: \(errno)") }
        _ = fcntl(file, F_SETFD, FD_CLOEXEC)
        unlink(&template)
        var start = 0
        let isWritten = bytes.withUnsafeReadableBytes { bytes in
            while start < bytes.count, let base = bytes.baseAddress {
                let count = write(file, base + start, bytes.count - start)
                if count < 0, errno == EINTR { continue }
                guard count > 0 else { return false }
                start += count
            }
            return lseek(file, 0, SEEK_SET) == 0
        }
        guard isWritten else {
            close(file)
            throw Failure(description: "the temporary file cannot be written: \(errno)")
        }
        return file
    }

    private static func read(
        _ descriptor: Int32, mostBytes: Int, seconds: Int
    ) -> (bytes: [UInt8], isOverlong: Bool, isOverdue: Bool) {
        let deadline = DispatchTime.now().uptimeNanoseconds + UInt64(seconds) * 1_000_000_000
        var bytes: [UInt8] = []
        var part = [UInt8](repeating: 0, count: 65_536)
        while true {
            let now = DispatchTime.now().uptimeNanoseconds
            guard now < deadline else { return (bytes, false, true) }
            var waiting = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            let ready = poll(&waiting, 1, Int32((deadline - now) / 1_000_000 + 1))
            if ready < 0, errno == EINTR { continue }
            guard ready > 0 else { return (bytes, false, true) }
            let count = Foundation.read(descriptor, &part, part.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return (bytes, false, false) }
            bytes += part[..<count]
            guard bytes.count <= mostBytes else { return ([], true, false) }
        }
    }

    /// A program that has closed its output may still run; it gets a moment.
    private static func wait(for child: pid_t, isEnding: Bool, seconds: Int) -> End {
        var status: Int32 = 0
        var left = isEnding ? 0 : seconds * 100
        while true {
            let done = waitpid(child, &status, left > 0 ? WNOHANG : 0)
            if done == child { break }
            if done < 0, errno != EINTR { return .overdue }
            if left > 0 {
                usleep(10_000)
                left -= 1
                if left == 0 { endGroup(of: child) }
            }
        }
        let signal = status & 0x7F
        return signal == 0 ? .exited(status >> 8 & 0xFF) : .signalled(signal)
    }

    private static func endGroup(of child: pid_t) {
        kill(-child, SIGKILL)
        kill(child, SIGKILL)
    }
}
