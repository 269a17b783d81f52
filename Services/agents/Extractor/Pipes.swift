import CExtraction
import Glibc

/// Standard input and output.
enum Pipes {
    static let largestInput = 32 << 20
    /// Bytes of text that a document may have.
    static let largestOutput = 5 << 20

    /// Looks at the first bytes of a file on standard input without taking them.
    static func begins(with magic: [UInt8]) -> Bool {
        var head = [UInt8](repeating: 0, count: magic.count)
        return pread(0, &head, head.count, 0) == head.count && head == magic
    }

    /// Puts a copy in memory in the place of standard input.
    /// - Returns: false when it could not be done.
    static func keepInputInMemory() -> Bool {
        let file = memory_file()
        guard file >= 0, let bytes = try? readAll() else { return false }
        var start = 0
        while start < bytes.count {
            let count = bytes.withUnsafeBytes { Glibc.write(file, $0.baseAddress! + start, $0.count - start) }
            guard count > 0 else { return false }
            start += count
        }
        return lseek(file, 0, SEEK_SET) == 0 && dup2(file, 0) == 0
    }

    static func readAll() throws(Failure) -> [UInt8] {
        var bytes: [UInt8] = []
        var part = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = read(0, &part, part.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw .damaged }
            if count == 0 { return bytes }
            bytes += part[..<count]
            guard bytes.count <= largestInput else { throw .tooLarge }
        }
    }
}

/// Text on its way to standard output.
struct TextOutput {
    private var pending: [UInt8] = []
    private var written = 0

    mutating func append(_ bytes: some Collection<UInt8>) throws(Failure) {
        written += bytes.count
        guard written <= Pipes.largestOutput else { throw .tooLarge }
        pending += bytes
        if pending.count > 65_536 { try flush() }
    }

    mutating func append(_ text: StaticString) throws(Failure) {
        try append(UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    /// A C string of libxml2; nil is nothing.
    mutating func append(text: UnsafePointer<UInt8>?) throws(Failure) {
        guard let text else { return }
        let length = strlen(UnsafeRawPointer(text).assumingMemoryBound(to: CChar.self))
        try append(UnsafeBufferPointer(start: text, count: length))
    }

    mutating func flush() throws(Failure) {
        var start = 0
        while start < pending.count {
            let count = pending.withUnsafeBytes { Glibc.write(1, $0.baseAddress! + start, $0.count - start) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw .damaged }
            start += count
        }
        pending.removeAll(keepingCapacity: true)
    }
}
