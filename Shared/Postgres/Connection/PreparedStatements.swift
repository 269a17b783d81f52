/// The statements that a connection has prepared, by text and types of the parameters.
struct PreparedStatements {
    struct Key: Hashable {
        let sql: String
        let types: [UInt32]
    }

    private struct Entry {
        let name: String
        var lastUse: UInt64
    }

    private var entries: [Key: Entry] = [:]
    private var clock: UInt64 = 0
    private var lastName: UInt64 = 0
    let limit: Int

    init(limit: Int) {
        self.limit = max(limit, 1)
    }

    var count: Int { entries.count }

    /// The name under which it is prepared already.
    mutating func name(for key: Key) -> String? {
        clock += 1
        guard let index = entries.index(forKey: key) else { return nil }
        entries.values[index].lastUse = clock
        return entries.values[index].name
    }

    mutating func makeName() -> String {
        lastName += 1
        return "s\(lastName)"
    }

    /// Call when PostgreSQL has confirmed it.
    mutating func insert(_ key: Key, name: String) {
        clock += 1
        entries[key] = Entry(name: name, lastUse: clock)
    }

    /// Forgets the least recently used beyond the limit.
    /// - Returns: their names, for DEALLOCATE.
    mutating func removeExcess() -> [String] {
        guard entries.count > limit else { return [] }
        // A tenth more, so that not every new statement costs a round trip.
        let excess = entries.count - limit + limit / 10
        let oldest = entries.sorted { $0.value.lastUse < $1.value.lastUse }.prefix(excess)
        for (key, _) in oldest { entries[key] = nil }
        return oldest.map(\.value.name)
    }

    mutating func removeAll() {
        entries = [:]
    }
}
