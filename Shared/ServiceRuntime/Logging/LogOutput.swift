import NIOConcurrencyHelpers
import NIOCore

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Where log lines go: a descriptor. A line is written at once, unless another one was just before it: then it is kept
/// for a moment and written together with those that follow, since each write wakes whoever reads along.
///
/// A reader that does not read must not stop the process: when the descriptor takes nothing for `patienceMS`, lines
/// are dropped, without waiting again, until it takes some; the number dropped is then logged.
package final class LogOutput: Sendable {
    /// A pipe takes at most this many bytes (`PIPE_BUF`) whole, even with several writers.
    static let maximumLineBytes = 4096
    /// Bytes that are kept back at most.
    private static let keptBytes = 64 * 1024

    private struct State {
        var isStuck = false
        var dropped = 0
        /// Whole lines that are to be written.
        var kept: [UInt8] = []
        var writtenAt: UInt64 = 0
        var isFlushDue = false
    }

    private let descriptor: CInt
    private let patienceMS: CInt
    private let gatherNanoseconds: UInt64
    /// A file takes any number of bytes at once.
    private let isFile: Bool
    private let state = NIOLockedValueBox(State())

    /// - Parameters:
    ///   - patienceMS: how long one caller waits, at most, for a descriptor that takes nothing.
    ///   - gatherMS: how long a line may be kept back; 0 writes each line at once.
    package init(descriptor: CInt = STDERR_FILENO, patienceMS: Int = 50, gatherMS: Int = 50) {
        self.descriptor = descriptor
        self.patienceMS = CInt(clamping: patienceMS)
        gatherNanoseconds = UInt64(clamping: gatherMS) * 1_000_000
        var status = stat()
        isFile = fstat(descriptor, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
    }

    /// True when a person reads along.
    package var isTerminal: Bool { isatty(descriptor) == 1 }

    /// Writes one line, newline included.
    /// - Parameters:
    ///   - isUrgent: it and what was kept back is written at once.
    ///   - dropNotice: the line that says how many were dropped, for when the descriptor takes lines again.
    func write(_ line: [UInt8], isUrgent: Bool = true, dropNotice: @escaping @Sendable (Int) -> [UInt8]) {
        let isFirstKept = state.withLockedValue { state in
            state.kept.append(contentsOf: line)
            let isQuiet = NIODeadline.now().uptimeNanoseconds - state.writtenAt >= gatherNanoseconds
            guard isUrgent || isQuiet || state.kept.count >= Self.keptBytes else {
                defer { state.isFlushDue = true }
                return !state.isFlushDue
            }
            flush(&state, dropNotice)
            return false
        }
        guard isFirstKept else { return }
        Task { [weak self, gatherNanoseconds] in
            try? await Task.sleep(nanoseconds: gatherNanoseconds)
            self?.flush(dropNotice)
        }
    }

    /// Writes what is kept back.
    func flush(_ dropNotice: (Int) -> [UInt8]) {
        state.withLockedValue { state in
            state.isFlushDue = false
            flush(&state, dropNotice)
        }
    }

    private func flush(_ state: inout State, _ dropNotice: (Int) -> [UInt8]) {
        defer {
            state.kept.removeAll(keepingCapacity: true)
            state.writtenAt = NIODeadline.now().uptimeNanoseconds
        }
        var rest = state.kept[...]
        while !rest.isEmpty {
            guard canWrite(waitingMS: state.isStuck ? 0 : patienceMS) else {
                state.isStuck = true
                state.dropped += rest.count { $0 == 0x0A }
                return
            }
            state.isStuck = false
            if state.dropped > 0 {
                send(dropNotice(state.dropped)[...])
                state.dropped = 0
            }
            let portion = isFile ? rest : Self.lines(of: rest)
            send(portion)
            rest = rest[portion.endIndex...]
        }
    }

    /// As many lines as a pipe takes whole, at least one.
    private static func lines(of bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        guard bytes.count > maximumLineBytes else { return bytes }
        let last = bytes.prefix(maximumLineBytes).lastIndex(of: 0x0A)
        let end = (last ?? bytes.firstIndex(of: 0x0A) ?? bytes.endIndex - 1) + 1
        return bytes[..<end]
    }

    private func canWrite(waitingMS: CInt) -> Bool {
        var item = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        while true {
            let count = poll(&item, 1, waitingMS)
            if count < 0, errno == EINTR { continue }
            return count > 0 && item.revents & Int16(POLLOUT) != 0
        }
    }

    private func send(_ bytes: ArraySlice<UInt8>) {
        bytes.withUnsafeBytes { bytes in
            while systemWrite(descriptor, bytes) < 0, errno == EINTR {}
        }
    }
}

private func systemWrite(_ descriptor: CInt, _ bytes: UnsafeRawBufferPointer) -> Int {
    write(descriptor, bytes.baseAddress, bytes.count)
}
