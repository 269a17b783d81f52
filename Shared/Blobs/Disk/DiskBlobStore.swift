import Foundation
import NIOCore
import NIOPosix

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Objects as files below one folder, which only this user may enter. What is being written lies in `.incoming` until it
/// is whole.
package struct DiskBlobStore: BlobStore {
    /// Bytes of one read: little enough that a slow reader is seen to go on.
    private static let readBytes = 65_536

    private let folder: String
    private let threads: NIOThreadPool

    private var incoming: String { folder + "/.incoming" }

    /// - Parameter folder: absolute; it is made by `prepare`.
    package init(folder: String, threads: NIOThreadPool = .singleton) {
        self.folder = folder
        self.threads = threads
    }

    package func begin(_ key: BlobKey, type: String) async throws -> any BlobWriter {
        let (incoming, target) = (incoming, path(key))
        let temporary = "\(incoming)/\(UUID().uuidString.lowercased())"
        let file = try await run {
            try DiskFiles.makeFolder(incoming)
            return try OpenFile(temporary, flags: O_WRONLY | O_CREAT | O_EXCL)
        }
        return DiskBlobWriter(file: file, temporary: temporary, target: target, threads: threads)
    }

    package func read(_ key: BlobKey, range: Range<Int>?) async throws -> BlobReading {
        let path = path(key)
        let (file, size) = try await run {
            let file = try OpenFile(path, flags: O_RDONLY)
            var status = stat()
            guard fstat(file.descriptor, &status) == 0 else { throw DiskFiles.failure("looking at a file") }
            guard status.st_mode & S_IFMT == S_IFREG else { throw BlobError.notFound }
            return (file, Int(status.st_size))
        }
        let range = (range ?? 0..<size).clamped(to: 0..<size)
        let place = ReadingPlace(range)
        return BlobReading(size: size) {
            guard let (offset, count) = place.next(Self.readBytes) else { return nil }
            let part = try await run { try DiskFiles.read(file.descriptor, at: offset, count: count) }
            guard part.readableBytes == count else { throw BlobError.unavailable("a file became shorter") }
            return part
        }
    }

    package func facts(of key: BlobKey) async throws -> BlobFacts? {
        let path = path(key)
        return try await run {
            try DiskFiles.status(path).map { status in
                BlobFacts(key: key, size: Int(status.st_size), modifiedAt: DiskFiles.modifiedAt(status))
            }
        }
    }

    package func delete(_ key: BlobKey) async throws {
        let (path, folder) = (path(key), folder)
        try await run {
            guard unlink(path) == 0 || errno == ENOENT || errno == ENOTDIR else { throw DiskFiles.failure("deleting") }
            // Folders that became empty go too; one that did not stays.
            var parent = DiskFiles.parent(of: path)
            while parent.utf8.count > folder.utf8.count, rmdir(parent) == 0 { parent = DiskFiles.parent(of: parent) }
            do { try DiskFiles.syncFolder(parent) } catch BlobError.notFound {}
        }
    }

    package func page(after: BlobKey?, limit: Int) async throws -> [BlobFacts] {
        let folder = folder
        return try await run {
            var listing = DiskListing(after: after?.segments.map(String.init) ?? [], limit: limit)
            try listing.walk(folder)
            return listing.found
        }
    }

    package func removeUnfinished(before moment: Date) async throws -> Int {
        let incoming = incoming
        return try await run {
            var count = 0
            for (name, isFolder) in try DiskFiles.names(in: incoming) where !isFolder {
                let path = "\(incoming)/\(name)"
                guard let status = try DiskFiles.status(path), DiskFiles.modifiedAt(status) < moment else { continue }
                guard unlink(path) == 0 || errno == ENOENT else { throw DiskFiles.failure("deleting") }
                count += 1
            }
            return count
        }
    }

    package func prepare() async throws {
        let incoming = incoming
        try await run { try DiskFiles.makeFolder(incoming) }
    }

    /// Writes a file and removes it again.
    package func check() async throws {
        let incoming = incoming
        try await run {
            try DiskFiles.makeFolder(incoming)
            let path = "\(incoming)/\(UUID().uuidString.lowercased())"
            let file = try OpenFile(path, flags: O_WRONLY | O_CREAT | O_EXCL)
            defer { unlink(path) }
            try DiskFiles.write(ByteBuffer(string: "ready"), to: file.descriptor)
        }
    }

    private func path(_ key: BlobKey) -> String { "\(folder)/\(key.text)" }

    private func run<Result: Sendable>(_ body: @escaping @Sendable () throws -> Result) async throws -> Result {
        try await threads.runIfActive(body)
    }
}

/// How far one reader has come. Only that reader asks, one question after the other.
private final class ReadingPlace: @unchecked Sendable {
    private var rest: Range<Int>

    init(_ range: Range<Int>) {
        rest = range
    }

    func next(_ limit: Int) -> (offset: Int, count: Int)? {
        guard !rest.isEmpty else { return nil }
        let count = min(limit, rest.count)
        defer { rest = rest.lowerBound + count..<rest.upperBound }
        return (rest.lowerBound, count)
    }
}

/// Walks folders in the order of keys, and leaves out what cannot lie behind the key to go on after.
private struct DiskListing {
    let after: [String]
    let limit: Int
    private(set) var found: [BlobFacts] = []

    init(after: [String], limit: Int) {
        self.after = after
        self.limit = limit
    }

    mutating func walk(_ folder: String, _ segments: [String] = []) throws {
        for (name, isFolder) in try DiskFiles.names(in: folder) {
            guard found.count < limit else { return }
            let inner = segments + [name]
            // Everything below such a folder comes before the key.
            if inner.lexicographicallyPrecedes(after.prefix(inner.count), by: Self.precedes) { continue }
            if isFolder {
                try walk("\(folder)/\(name)", inner)
            } else if let key = BlobKey(inner.joined(separator: "/")),
                after.lexicographicallyPrecedes(inner, by: Self.precedes),
                let status = try DiskFiles.status("\(folder)/\(name)")
            {
                found.append(
                    BlobFacts(key: key, size: Int(status.st_size), modifiedAt: DiskFiles.modifiedAt(status)))
            }
        }
    }

    private static func precedes(_ left: String, _ right: String) -> Bool {
        left.utf8.lexicographicallyPrecedes(right.utf8)
    }
}
