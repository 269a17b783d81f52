import Foundation
import Postgres
import Synchronization
import TestSupport

/// The client's own record of a run: a file of JSON lines, each on the disk before the run goes on.
final class History: @unchecked Sendable {
    let path: String
    private let began = ContinuousClock.now
    private let descriptor: Int32
    private let condition = NSCondition()
    private var waiting: [(bytes: [UInt8], written: CheckedContinuation<Void, Never>)] = []
    private var isClosed = false

    init(path: String) throws {
        self.path = path
        descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw APIFailure("\(path) cannot be made") }
        try DedicatedThread.start(name: "history") { self.writeUntilClosed() }
    }

    /// Nanoseconds since the history began.
    var now: Int64 { nanoseconds(at: .now) }

    func nanoseconds(at instant: ContinuousClock.Instant) -> Int64 {
        let (seconds, attoseconds) = (instant - began).components
        return seconds * 1_000_000_000 + attoseconds / 1_000_000_000
    }

    /// Returns when the line is on the disk. Lines that wait together share one fsync.
    func record(_ line: HistoryLine) async {
        var bytes = (try? JSONEncoder().encode(line)).map { [UInt8]($0) } ?? []
        bytes.append(UInt8(ascii: "\n"))
        await withCheckedContinuation { written in
            condition.withLock {
                waiting.append((bytes, written))
                condition.signal()
            }
        }
    }

    func close() {
        condition.withLock {
            isClosed = true
            condition.signal()
        }
    }

    /// The lines of a history, in the order in which they were recorded.
    static func lines(of path: String) throws -> [HistoryLine] {
        let decoder = JSONDecoder()
        return try Data(contentsOf: URL(fileURLWithPath: path)).split(separator: UInt8(ascii: "\n"))
            .map { try decoder.decode(HistoryLine.self, from: Data($0)) }
    }

    private func writeUntilClosed() {
        while let batch = next() {
            for line in batch { line.bytes.withUnsafeBytes { writeAll($0) } }
            precondition(fsync(descriptor) == 0, "the history cannot be made durable")
            for line in batch { line.written.resume() }
        }
        Foundation.close(descriptor)
    }

    private func next() -> [(bytes: [UInt8], written: CheckedContinuation<Void, Never>)]? {
        condition.withLock {
            while waiting.isEmpty, !isClosed { condition.wait() }
            defer { waiting = [] }
            return waiting.isEmpty ? nil : waiting
        }
    }

    private func writeAll(_ bytes: UnsafeRawBufferPointer) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = write(descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
            precondition(count > 0 || errno == EINTR, "the history cannot be written")
            if count > 0 { rest = rest.dropFirst(count) }
        }
    }
}
