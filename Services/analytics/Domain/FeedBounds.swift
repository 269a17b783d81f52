/// How much of each workspace's feed is kept for those who come back.
struct FeedBounds: Sendable {
    var hours = 24
    /// Entries of one workspace.
    var entries = 10_000
}
