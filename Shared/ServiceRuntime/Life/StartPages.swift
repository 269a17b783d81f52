#if canImport(Glibc)
    import Glibc
#endif

/// The pages of the program that only its start needed: relocations, type metadata, the set-up of libraries. They make
/// up most of the resident memory of an idle process.
enum StartPages {
    /// Takes them out of the process. What is used again comes back from the system's cache of the file, unread from disk.
    /// Only code is given up, since the system never keeps a changed copy of it.
    static func giveBack() {
        #if canImport(Glibc)
            guard let program = programPath(), let maps = fopen("/proc/self/maps", "r") else { return }
            defer { fclose(maps) }
            var line = [CChar](repeating: 0, count: 4096)
            while fgets(&line, CInt(line.count), maps) != nil {
                let bytes = line.prefix { $0 != 0 && $0 != 0x0A }.map { UInt8(bitPattern: $0) }
                let text = String(decoding: bytes, as: UTF8.self)
                guard text.hasSuffix(" " + program) else { continue }
                let fields = text.split(separator: " ", maxSplits: 2)
                guard fields.count == 3, fields[1] == "r-xp" else { continue }
                let range = fields[0].split(separator: "-").compactMap { UInt($0, radix: 16) }
                guard range.count == 2, range[1] > range[0] else { continue }
                _ = madvise(UnsafeMutableRawPointer(bitPattern: range[0]), Int(range[1] - range[0]), MADV_DONTNEED)
            }
        #endif
    }

    private static func programPath() -> String? {
        var path = [CChar](repeating: 0, count: 4096)
        let count = readlink("/proc/self/exe", &path, path.count - 1)
        guard count > 0 else { return nil }
        return String(decoding: path.prefix(count).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
