import Foundation

extension BlobStore {
    /// Removes objects that nobody knows, in the order of their keys.
    /// - Parameters:
    ///   - oldest: younger ones stay: somebody may still say whose they are.
    ///   - unused: those of some keys that nobody knows.
    /// - Returns: how many were removed.
    package func removeOrphans(
        before oldest: Date, unused: ([String]) async throws -> [String]
    ) async throws -> Int {
        let batch = 500
        var count = 0
        var last: BlobKey?
        while true {
            let page = try await page(after: last, limit: batch)
            let old = page.filter { $0.modifiedAt < oldest }.map(\.key.text)
            for key in old.isEmpty ? [] : try await unused(old).compactMap(BlobKey.init) {
                try await delete(key)
                count += 1
            }
            guard page.count == batch, let next = page.last?.key else { return count }
            last = next
        }
    }
}
