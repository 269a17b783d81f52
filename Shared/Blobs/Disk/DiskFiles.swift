import Foundation
import NIOCore

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// The calls of the system that a store on disk is made of. They block: none belongs on a cooperative thread.
enum DiskFiles {
    static let folderMode: mode_t = 0o700
    static let fileMode: mode_t = 0o600

    /// - Throws: `BlobError` with the reason that the system gives.
    static func failure(_ what: String, _ code: Int32 = errno) -> BlobError {
        if code == ENOENT || code == ENOTDIR { return .notFound }
        let reason = "\(what): \(String(cString: strerror(code)))"
        return code == EACCES || code == EPERM || code == EROFS ? .refused(reason) : .unavailable(reason)
    }

    /// Makes a folder and those above it, each durable in the one that holds it.
    static func makeFolder(_ path: String) throws {
        if mkdir(path, folderMode) == 0 { return try syncFolder(parent(of: path)) }
        switch errno {
        case EEXIST: return
        case ENOENT:
            try makeFolder(parent(of: path))
            guard mkdir(path, folderMode) == 0 || errno == EEXIST else { throw failure("making a folder") }
            try syncFolder(parent(of: path))
        default: throw failure("making a folder")
        }
    }

    static func parent(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/"), slash != path.startIndex else { return "/" }
        return String(path[..<slash])
    }

    /// Makes the names in a folder durable.
    static func syncFolder(_ path: String) throws {
        let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure("opening a folder") }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw failure("flushing a folder") }
    }

    static func write(_ bytes: ByteBuffer, to descriptor: Int32) throws {
        try bytes.withUnsafeReadableBytes { bytes in
            var offset = 0
            while offset < bytes.count {
                let written = Glibc.write(descriptor, bytes.baseAddress! + offset, bytes.count - offset)
                if written > 0 {
                    offset += written
                } else if errno != EINTR {
                    throw failure("writing")
                }
            }
        }
    }

    /// At most `count` bytes from `offset` on; empty at the end.
    static func read(_ descriptor: Int32, at offset: Int, count: Int) throws -> ByteBuffer {
        var buffer = ByteBuffer()
        while true {
            let read = buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: count) { bytes in
                max(0, pread(descriptor, bytes.baseAddress, count, off_t(offset)))
            }
            if read > 0 { return buffer }
            // Zero is the end of the file or a failure; only a failure says so once more.
            var probe: UInt8 = 0
            let again = pread(descriptor, &probe, 1, off_t(offset))
            if again == 0 { return buffer }
            guard again > 0 || errno == EINTR else { throw failure("reading") }
        }
    }

    /// Nil when there is no such file, or a folder in its place.
    static func status(_ path: String) throws -> stat? {
        var status = stat()
        if lstat(path, &status) == 0 { return status.st_mode & S_IFMT == S_IFREG ? status : nil }
        guard errno == ENOENT || errno == ENOTDIR else { throw failure("looking at a file") }
        return nil
    }

    static func modifiedAt(_ status: stat) -> Date {
        Date(timeIntervalSince1970: Double(status.st_mtim.tv_sec) + Double(status.st_mtim.tv_nsec) / 1e9)
    }

    /// The names in a folder that begin with no dot, sorted by their bytes; none when it is not there.
    static func names(in path: String) throws -> [(name: String, isFolder: Bool)] {
        guard let folder = opendir(path) else {
            if errno == ENOENT || errno == ENOTDIR { return [] }
            throw failure("listing a folder")
        }
        defer { closedir(folder) }
        var names: [(name: String, isFolder: Bool)] = []
        while let entry = readdir(folder) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            guard !name.hasPrefix(".") else { continue }
            names.append((name, entry.pointee.d_type == UInt8(DT_DIR)))
        }
        return names.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
    }
}

/// An open file, closed when nobody holds it any more.
final class OpenFile: Sendable {
    let descriptor: Int32

    init(_ path: String, flags: Int32) throws {
        descriptor = open(path, flags | O_CLOEXEC | O_NOFOLLOW, DiskFiles.fileMode)
        guard descriptor >= 0 else { throw DiskFiles.failure("opening a file") }
    }

    deinit {
        close(descriptor)
    }
}
