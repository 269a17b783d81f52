import NIOConcurrencyHelpers

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Where log lines go: a descriptor to which each line is written with one `write`.
///
/// A reader that does not read must not stop the process: when the descriptor takes nothing for `patienceMS`, lines
/// are dropped, without waiting again, until it takes some; the number dropped is then logged.
package final class LogOutput: Sendable {
    /// A pipe takes a line of at most this many bytes (`PIPE_BUF`) whole, even with several writers.
    static let maximumLineBytes = 4096

    private struct State {
        var isStuck = false
        var dropped = 0
    }

    private let descriptor: CInt
    private let patienceMS: CInt
    private let state = NIOLockedValueBox(State())

    /// - Parameter patienceMS: how long one caller waits, at most, for a descriptor that takes nothing.
    package init(descriptor: CInt = STDERR_FILENO, patienceMS: Int = 50) {
        self.descriptor = descriptor
        self.patienceMS = CInt(clamping: patienceMS)
    }

    /// True when a person reads along.
    package var isTerminal: Bool { isatty(descriptor) == 1 }

    /// Writes one line, newline included.
    /// - Parameter dropNotice: the line that says how many were dropped, for when the descriptor takes lines again.
    func write(_ line: [UInt8], dropNotice: (Int) -> [UInt8]) {
        state.withLockedValue { state in
            guard canWrite(waitingMS: state.isStuck ? 0 : patienceMS) else {
                state.isStuck = true
                state.dropped += 1
                return
            }
            state.isStuck = false
            if state.dropped > 0 {
                send(dropNotice(state.dropped))
                state.dropped = 0
            }
            send(line)
        }
    }

    private func canWrite(waitingMS: CInt) -> Bool {
        var item = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        while true {
            let count = poll(&item, 1, waitingMS)
            if count < 0, errno == EINTR { continue }
            return count > 0 && item.revents & Int16(POLLOUT) != 0
        }
    }

    private func send(_ line: [UInt8]) {
        line.withUnsafeBytes { bytes in
            while systemWrite(descriptor, bytes) < 0, errno == EINTR {}
        }
    }
}

private func systemWrite(_ descriptor: CInt, _ bytes: UnsafeRawBufferPointer) -> Int {
    write(descriptor, bytes.baseAddress, bytes.count)
}
