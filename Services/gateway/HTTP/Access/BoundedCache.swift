import NIOConcurrencyHelpers

/// What was looked up lately, of bounded size: when the younger half is full, the older half is forgotten.
package final class BoundedCache<Key: Hashable & Sendable, Value: Sendable>: Sendable {
    private struct Halves {
        var young: [Key: Value] = [:]
        var old: [Key: Value] = [:]
    }

    private let halves = NIOLockedValueBox(Halves())
    private let halfSize: Int

    /// - Parameter capacity: at most so many entries.
    package init(capacity: Int) {
        halfSize = max(1, capacity / 2)
    }

    package subscript(key: Key) -> Value? {
        halves.withLockedValue { halves in
            if let value = halves.young[key] { return value }
            guard let value = halves.old.removeValue(forKey: key) else { return nil }
            Self.insert(value, for: key, into: &halves, halfSize: halfSize)
            return value
        }
    }

    package func insert(_ value: Value, for key: Key) {
        halves.withLockedValue { Self.insert(value, for: key, into: &$0, halfSize: halfSize) }
    }

    package func remove(_ key: Key) {
        halves.withLockedValue { halves in
            halves.young[key] = nil
            halves.old[key] = nil
        }
    }

    package var count: Int {
        halves.withLockedValue { $0.young.count + $0.old.count }
    }

    private static func insert(_ value: Value, for key: Key, into halves: inout Halves, halfSize: Int) {
        if halves.young.count >= halfSize, halves.young[key] == nil {
            halves.old = halves.young
            halves.young = [:]
        }
        halves.young[key] = value
    }
}
