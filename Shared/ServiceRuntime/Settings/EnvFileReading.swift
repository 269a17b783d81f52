#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

extension EnvFile {
    /// The largest file that is read, in bytes.
    static let maximumBytes = 1_048_576

    /// Reads the file at `ENV_FILE`, which must then exist, or else `.env` in the working directory, if there is one.
    /// - Throws: `SettingsError` when the file cannot be read or is too large.
    package static func found(by environment: [String: String]) throws -> EnvFile? {
        let named = environment["ENV_FILE"].flatMap { $0.isEmpty ? nil : $0 }
        let path = named ?? ".env"
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            let cause = errno
            if cause == ENOENT, named == nil { return nil }
            let origin = named == nil ? "" : ", which ENV_FILE names,"
            throw SettingsError(problems: ["The file \(path)\(origin) cannot be read: \(systemMessage(cause))."])
        }
        defer { close(descriptor) }
        return EnvFile(name: path, contents: String(decoding: try bytes(of: descriptor, path: path), as: UTF8.self))
    }

    private static func bytes(of descriptor: CInt, path: String) throws -> [UInt8] {
        var contents: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 16384)
        while true {
            let count = read(descriptor, &chunk, chunk.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else {
                throw SettingsError(problems: ["The file \(path) cannot be read: \(systemMessage(errno))."])
            }
            guard count > 0 else { return contents }
            contents.append(contentsOf: chunk[..<count])
            guard contents.count <= maximumBytes else {
                throw SettingsError(problems: ["The file \(path) is larger than \(maximumBytes) bytes."])
            }
        }
    }
}

/// What the system says about an `errno`.
func systemMessage(_ code: CInt) -> String {
    String(cString: strerror(code))
}
