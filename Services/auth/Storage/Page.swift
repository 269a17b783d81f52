import Bus
import Contracts

/// A part of a newest-first list.
struct Page<Entry: Sendable>: Sendable {
    let entries: [Entry]
    /// All that there are.
    let total: Int
    /// Nil on the last page.
    let next: PageCursor?

    /// - Parameters:
    ///   - found: one more than was asked for, where there are as many.
    ///   - cursor: where an entry stands.
    init(_ found: [Entry], total: Int, of request: PageRequest, cursor: (Entry) -> PageCursor) {
        entries = Array(found.prefix(request.limit))
        self.total = total
        next = found.count > request.limit ? entries.last.map(cursor) : nil
    }

    /// Out of a whole list, newest first.
    init(cutFrom all: [Entry], by request: PageRequest, cursor: (Entry) -> PageCursor) {
        let after = request.after.flatMap { after in all.firstIndex { cursor($0) == after }.map { $0 + 1 } } ?? 0
        self.init(Array(all[after...].prefix(request.limit + 1)), total: all.count, of: request, cursor: cursor)
    }
}

extension PageRequest {
    /// Where a page begins: behind this place.
    var start: PageCursor { after ?? .newest }

    /// - Throws: `.inputInvalid`.
    func checked() throws(Fault) -> PageRequest {
        guard (1...1000).contains(limit) else {
            throw Fault(.inputInvalid, "limit must be from 1 to 1000", field: "limit")
        }
        return self
    }
}
