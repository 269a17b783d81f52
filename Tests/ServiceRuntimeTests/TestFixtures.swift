import Foundation
import NIOConcurrencyHelpers
import Testing

/// The JSON object in a text.
func jsonObject(_ text: String) throws -> [String: Any] {
    try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
}

/// A path in the temporary folder that nothing uses.
func temporaryPath(_ name: String) -> String {
    FileManager.default.temporaryDirectory.appending(path: "\(name)-\(UUID().uuidString)").path
}

/// A pipe of the system; both ends are closed with it.
final class Pipe {
    let readEnd: Int32
    let writeEnd: Int32

    init() {
        var ends: [Int32] = [0, 0]
        let status = pipe(&ends)
        precondition(status == 0)
        (readEnd, writeEnd) = (ends[0], ends[1])
        _ = fcntl(readEnd, F_SETFL, O_NONBLOCK)
    }

    deinit {
        close(readEnd)
        close(writeEnd)
    }

    /// What can be read now.
    func drain() -> String {
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65536)
        while true {
            let count = read(readEnd, &chunk, chunk.count)
            guard count > 0 else { return String(decoding: bytes, as: UTF8.self) }
            bytes.append(contentsOf: chunk[..<count])
        }
    }
}

/// A number that many tasks may count up.
final class Counted: Sendable {
    private let box = NIOLockedValueBox(0)
    var count: Int { box.withLockedValue { $0 } }
    func increment() { box.withLockedValue { $0 += 1 } }
}
