import CExtraction
import Glibc

/// What this process, and a program that it goes on as, can still do: compute for a while, in so much memory, and read
/// its standard input and the system's programs.
enum Confinement {
    private static let processorSeconds: UInt = 20
    private static let wallSeconds: UInt32 = 40
    private static let memoryBytes: UInt = 1 << 30
    private static let openFiles: UInt = 64

    /// - Returns: false when something of it could not be done.
    static func begin() -> Bool {
        guard confine_life() == 0, confine_descriptors() == 0 else { return false }
        alarm(wallSeconds)
        let limits: [(resource: __rlimit_resource, limit: UInt)] = [
            (RLIMIT_CPU, processorSeconds), (RLIMIT_AS, memoryBytes), (RLIMIT_FSIZE, 0), (RLIMIT_CORE, 0),
            (RLIMIT_NOFILE, openFiles),
        ]
        for (resource, limit) in limits {
            guard confine_limit(Int32(resource.rawValue), rlim_t(limit)) == 0 else { return false }
        }
        return confine_files() == 0 && confine_calls() == 0
    }
}
