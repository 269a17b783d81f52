import Bus

/// Numbers ordered by when they fall due. Whoever is done early is left inside and skipped when its time comes.
struct DeadlineHeap {
    struct Item: Equatable {
        let deadline: Deadline
        let id: UInt64
    }

    private var items: [Item] = []

    var first: Item? { items.first }
    var count: Int { items.count }

    mutating func insert(_ id: UInt64, at deadline: Deadline) {
        items.append(Item(deadline: deadline, id: id))
        var child = items.count - 1
        while child > 0 {
            let parent = (child - 1) / 2
            guard items[child].deadline < items[parent].deadline else { return }
            items.swapAt(child, parent)
            child = parent
        }
    }

    @discardableResult
    mutating func removeFirst() -> Item? {
        guard let first = items.first, let last = items.popLast() else { return nil }
        if !items.isEmpty {
            items[0] = last
            sink(from: 0)
        }
        return first
    }

    /// Keeps only what still matters; for when most of it is done.
    mutating func compact(keeping isKept: (Item) -> Bool) {
        items = items.filter(isKept)
        for index in stride(from: items.count / 2 - 1, through: 0, by: -1) { sink(from: index) }
    }

    private mutating func sink(from start: Int) {
        var parent = start
        while true {
            var child = 2 * parent + 1
            guard child < items.count else { return }
            if child + 1 < items.count, items[child + 1].deadline < items[child].deadline { child += 1 }
            guard items[child].deadline < items[parent].deadline else { return }
            items.swapAt(child, parent)
            parent = child
        }
    }
}
