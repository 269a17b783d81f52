#if canImport(Glibc)
    import Glibc
#endif

/// Keeps the C library's allocator from holding on to memory that a burst has needed.
enum AllocatorBounds {
    /// To be called before threads are made. Does nothing where the allocator is another one.
    static func apply() {
        #if canImport(Glibc)
            guard let symbol = dlsym(nil, "mallopt") else { return }
            let mallopt = unsafeBitCast(symbol, to: (@convention(c) (CInt, CInt) -> CInt).self)
            // One arena per core and not eight: what one has freed, the others cannot use.
            _ = mallopt(arenaMax, CInt(clamping: max(2, sysconf(Int32(_SC_NPROCESSORS_ONLN)))))
            // Large blocks go back to the system at once; without this the bound grows with what was freed.
            _ = mallopt(mmapThreshold, 256 * 1024)
            _ = mallopt(trimThreshold, 1024 * 1024)
        #endif
    }

    // Of <malloc.h>, which the system's module leaves out.
    private static let trimThreshold: CInt = -1
    private static let mmapThreshold: CInt = -3
    private static let arenaMax: CInt = -8
}
