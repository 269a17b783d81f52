/// Which part of a newest-first list is asked for.
package struct PageRequest: Sendable, Codable, Equatable {
    /// 1–1000.
    package var limit: Int
    /// Goes on after the entry that the cursor names; costs the same at any depth.
    package var after: PageCursor?

    package init(limit: Int = 1000, after: PageCursor? = nil) {
        self.limit = limit
        self.after = after
    }
}
