#if PLANTED_BUGS
    #if canImport(Glibc)
        import Glibc
    #else
        import Darwin
    #endif
#endif

/// Bugs that the fault tests must catch. They exist only in a build with the define `PLANTED_BUGS`, where
/// `PLANTED_BUG` chooses one by name; elsewhere `isPlanted` is the constant false.
package enum PlantedBug {
    #if PLANTED_BUGS
        private static let chosen: String? = getenv("PLANTED_BUG").map { String(cString: $0) }

        /// True when this bug is the chosen one.
        package static func isPlanted(_ name: String) -> Bool {
            chosen == name
        }

        /// True when bugs are compiled in.
        package static let isCompiledIn = true
    #else
        /// False: no bugs are compiled in.
        @inline(__always)
        package static func isPlanted(_ name: String) -> Bool { false }

        /// True when bugs are compiled in.
        package static let isCompiledIn = false
    #endif

    /// - Throws: `StartFailure` in a release build that has the bugs compiled in.
    package static func refuseInRelease() throws {
        #if PLANTED_BUGS && !DEBUG
            throw StartFailure("This release was built with planted bugs; it must not run.")
        #endif
    }
}
