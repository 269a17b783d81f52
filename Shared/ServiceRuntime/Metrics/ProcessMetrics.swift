#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// What the system says about this process, under the names that Prometheus' own clients use.
package enum ProcessMetrics {
    /// Adds them to a registry. Where there is no `/proc`, only the CPU time is shown.
    package static func add(to registry: PrometheusRegistry) {
        registry.read(
            "process_cpu_seconds_total", kind: .counter, help: "User and system CPU time spent, in seconds."
        ) { [MetricSample(cpuSeconds())] }
        registry.read("process_resident_memory_bytes", help: "Resident memory size, in bytes.") {
            optional(statm(field: 1).map { $0 * pageBytes })
        }
        registry.read("process_virtual_memory_bytes", help: "Virtual memory size, in bytes.") {
            optional(statm(field: 0).map { $0 * pageBytes })
        }
        registry.read("process_open_fds", help: "Number of open file descriptors.") { optional(openDescriptors()) }
        registry.read("process_max_fds", help: "Maximum number of open file descriptors.") {
            optional(maximumDescriptors())
        }
        registry.read("process_threads", help: "Number of threads.") { optional(stat(field: 20)) }
        registry.read("process_start_time_seconds", help: "Start time since the Unix epoch, in seconds.") {
            optional(startTime)
        }
    }

    private static let pageBytes = Double(sysconf(Int32(_SC_PAGESIZE)))

    private static func optional(_ value: Double?) -> [MetricSample] { value.map { [MetricSample($0)] } ?? [] }

    private static func cpuSeconds() -> Double {
        var usage = rusage()
        #if canImport(Glibc)
            getrusage(RUSAGE_SELF.rawValue, &usage)
        #else
            getrusage(RUSAGE_SELF, &usage)
        #endif
        return [usage.ru_utime, usage.ru_stime].reduce(0) { $0 + Double($1.tv_sec) + Double($1.tv_usec) / 1e6 }
    }

    private static func maximumDescriptors() -> Double? {
        var limit = rlimit()
        #if canImport(Glibc)
            let status = getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        #else
            let status = getrlimit(RLIMIT_NOFILE, &limit)
        #endif
        return status == 0 ? Double(limit.rlim_cur) : nil
    }

    private static func openDescriptors() -> Double? {
        guard let folder = opendir("/proc/self/fd") else { return nil }
        defer { closedir(folder) }
        var count = 0
        while readdir(folder) != nil { count += 1 }
        return Double(max(0, count - 3))  // ".", ".." and the folder's own descriptor
    }

    private static func statm(field: Int) -> Double? {
        let fields = procText("/proc/self/statm").split(separator: " ")
        return fields.count > field ? Double(fields[field]) : nil
    }

    /// A field of `/proc/self/stat`, counted from 1 as in proc(5); 3 or more, since the program's name may hold spaces.
    private static func stat(field: Int) -> Double? {
        let text = procText("/proc/self/stat")
        guard let end = text.lastIndex(of: ")") else { return nil }
        let fields = text[text.index(after: end)...].split(separator: " ")
        return fields.count > field - 3 ? Double(fields[field - 3]) : nil
    }

    /// When the system started, plus the ticks after which this process did.
    private static let startTime: Double? = {
        let boot = procText("/proc/stat").split(separator: "\n").first { $0.hasPrefix("btime ") }
        guard let boot, let bootSeconds = Double(boot.dropFirst(6)), let ticks = stat(field: 22) else { return nil }
        return bootSeconds + ticks / Double(sysconf(Int32(_SC_CLK_TCK)))
    }()

    /// At most 64 KiB; empty when the file cannot be read.
    private static func procText(_ path: String) -> String {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return "" }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 8192)
        while bytes.count < 65536 {
            let count = read(descriptor, &chunk, chunk.count)
            guard count > 0 else { break }
            bytes.append(contentsOf: chunk[..<count])
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
