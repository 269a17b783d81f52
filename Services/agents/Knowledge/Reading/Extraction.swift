import Contracts
import Foundation
import NIOCore
import NIOPosix

/// Why a document has no text, as a sentence for its owner.
struct Unreadable: Error, Equatable {
    let reason: String
}

/// Finds the text in a document's bytes.
protocol Extraction: Sendable {
    /// - Throws: `Unreadable`.
    func text(of bytes: ByteBuffer, format: DocumentFormat) async throws -> String

    /// Where a page's links lead, as they stand in it.
    /// - Throws: `Unreadable`.
    func links(of page: ByteBuffer) async throws -> [String]
}

/// Finds it in a process of its own, the program `extractor`, which can do nothing but compute for a while and answer.
/// Whatever a document makes of its reader is ended with that process.
struct ExtractorProcess: Extraction {
    static let largestTextBytes = 5 << 20
    private static let seconds = 45

    /// Of the program.
    let path: String
    /// Its threads wait for the processes. Each lives as long as this one: a process ends with the thread that began it.
    let threads: NIOThreadPool
    var seconds = ExtractorProcess.seconds

    /// The program beside this one.
    static let ownFolderPath: String = {
        let own = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? "./agents"
        return URL(fileURLWithPath: own).deletingLastPathComponent().path + "/extractor"
    }()

    func text(of bytes: ByteBuffer, format: DocumentFormat) async throws -> String {
        try await run(format.rawValue, on: bytes, format)
    }

    func links(of page: ByteBuffer) async throws -> [String] {
        try await run("links", on: page, .html).split(separator: "\n").map(String.init)
    }

    private func run(_ task: String, on bytes: ByteBuffer, _ format: DocumentFormat) async throws -> String {
        let (path, seconds) = (path, seconds)
        let output = try await threads.runIfActive {
            try ChildRun.run(
                [path, task], input: bytes, mostBytes: Self.largestTextBytes, seconds: seconds)
        }
        if let reason = Self.failure(output, format) { throw Unreadable(reason: reason) }
        let text = String(decoding: output.bytes, as: UTF8.self)
        return text.unicodeScalars.contains("\0") ? text.replacingOccurrences(of: "\0", with: "") : text
    }

    /// Nil when the process did what it had to.
    static func failure(_ output: ChildRun.Output, _ format: DocumentFormat) -> String? {
        if output.isOverlong { return tooLarge }
        switch output.end {
        case .exited(0): return nil
        case .exited(66): return tooLarge
        case .exited(69): return "Files of this type cannot be read on this server: a program is not installed."
        case .exited(71), .exited(126), .exited(127):
            return "Files cannot be read on this server: its reader cannot be started safely."
        case .exited: return "The file is damaged, is protected by a password, or is no \(format.rawValue) file."
        case .signalled, .overdue: return "The file takes too much time or memory to read."
        }
    }

    private static let tooLarge = "The file holds more text than can be taken (5 MB)."
}
