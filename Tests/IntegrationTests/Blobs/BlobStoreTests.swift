import Blobs
import Crypto
import Foundation
import NIOCore
import TestSupport
import Testing

/// What every form of the store does.
struct BlobStoreTests {
    private func key(_ text: String) throws -> BlobKey { try #require(BlobKey(text)) }

    private func bytes(_ count: Int) -> ByteBuffer {
        var state = UInt32(truncatingIfNeeded: count)
        var block = ByteBuffer()
        for _ in 0..<9_973 {
            state = state &* 1_664_525 &+ 1_013_904_223
            block.writeInteger(state)
        }
        var buffer = ByteBuffer()
        while buffer.readableBytes < count { buffer.writeImmutableBuffer(block) }
        return buffer.getSlice(at: 0, length: count) ?? buffer
    }

    private func all(_ reading: BlobReading) async throws -> ByteBuffer {
        var buffer = ByteBuffer()
        for try await part in reading { buffer.writeImmutableBuffer(part) }
        return buffer
    }

    private func digest(_ buffer: ByteBuffer) -> [UInt8] {
        buffer.withUnsafeReadableBytes { Array(SHA256.hash(data: $0)) }
    }

    /// Nothing, little, just one part of an upload to S3, one byte more, and several parts.
    @Test(
        arguments: StoreForm.allCases, [0, 11, 8 * 1024 * 1024, 8 * 1024 * 1024 + 1, 20_000_000])
    func `an object comes back byte by byte, with size and digest`(form: StoreForm, count: Int) async throws {
        try await form.with { store, _ in
            let (key, content) = (try key("a/b-1/c.wav"), bytes(count))
            let writer = try await store.begin(key, type: "audio/wav")
            var rest = content
            while rest.readableBytes > 0 {
                try await writer.write(rest.readSlice(length: min(99_991, rest.readableBytes)) ?? rest)
                if rest.readableBytes > 0 { #expect(try await store.facts(of: key) == nil) }
            }
            let stored = try await writer.finish(expecting: digest(content))
            await writer.abort()
            #expect(stored.size == count && stored.sha256 == digest(content))
            #expect(try await store.facts(of: key)?.size == count)
            let reading = try await store.read(key, range: nil)
            #expect(reading.size == count)
            #expect(try await all(reading) == content)
        }
    }

    @Test(arguments: StoreForm.allCases)
    func `a piece is read without the rest`(form: StoreForm) async throws {
        try await form.with { store, _ in
            let (key, content) = (try key("piece"), bytes(300_000))
            _ = try await store.put(key, content)
            for range in [0..<1, 5..<200_000, 299_999..<300_000, 0..<300_000, 7..<7] {
                let reading = try await store.read(key, range: range)
                #expect(reading.size == 300_000)
                #expect(try await all(reading) == content.getSlice(at: range.lowerBound, length: range.count))
            }
        }
    }

    @Test(arguments: StoreForm.allCases)
    func `what is not finished is seen by nobody`(form: StoreForm) async throws {
        try await form.with { store, place in
            let key = try key("w/c/unfinished")
            for count in [1000, 9_000_000] {
                let writer = try await store.begin(key, type: "x/y")
                try await writer.write(bytes(count))
                await writer.abort()
                let other = try await store.begin(key, type: "x/y")
                try await other.write(bytes(count))
                await #expect(throws: BlobError.mismatch) {
                    _ = try await other.finish(expecting: [UInt8](repeating: 1, count: 32))
                }
            }
            #expect(try await store.facts(of: key) == nil)
            await #expect(throws: BlobError.notFound) { _ = try await store.read(key, range: nil) }
            #expect(try await store.page(after: nil, limit: 10).isEmpty)
            #expect(place.files == [])
        }
    }

    @Test(arguments: StoreForm.allCases)
    func `an object is replaced and deleted, twice without harm`(form: StoreForm) async throws {
        try await form.with { store, place in
            let key = try key("w/c/x")
            _ = try await store.put(key, bytes(10))
            _ = try await store.put(key, bytes(20))
            #expect(try await all(store.read(key, range: nil)) == bytes(20))
            try await store.delete(key)
            try await store.delete(key)
            #expect(try await store.facts(of: key) == nil && place.files == [])
            _ = try await store.put(key, bytes(30))
            #expect(try await store.facts(of: key)?.size == 30)
        }
    }

    @Test(arguments: StoreForm.allCases)
    func `objects are listed once each, page by page, with their age`(form: StoreForm) async throws {
        try await form.with { store, _ in
            let names = ["a/1/x", "a/2/x", "a-b/1/y", "b", "c/d/e/f"]
            for name in names { _ = try await store.put(try key(name), bytes(name.utf8.count)) }
            var found: [BlobFacts] = []
            while true {
                let page = try await store.page(after: found.last?.key, limit: 2)
                found += page
                if page.count < 2 { break }
            }
            #expect(found.map(\.key.text).sorted() == names.sorted())
            #expect(found.allSatisfy { $0.size == $0.key.text.utf8.count })
            #expect(found.allSatisfy { abs($0.modifiedAt.timeIntervalSinceNow) < 60 })
        }
    }

    @Test(arguments: StoreForm.allCases)
    func `what was begun long ago and never finished is removed`(form: StoreForm) async throws {
        try await form.with { store, place in
            let key = try key("w/c/lost")
            let writer = try await store.begin(key, type: "x/y")
            try await writer.write(bytes(20_000_000))
            #expect(try await store.removeUnfinished(before: Date().addingTimeInterval(-3600)) == 0)
            #expect(try await store.removeUnfinished(before: Date().addingTimeInterval(60)) == 1)
            #expect(place.files == [])
            #expect(try await store.facts(of: key) == nil)
            await #expect(throws: (any Error).self) { _ = try await writer.finish(expecting: nil) }
            await writer.abort()
        }
    }

    @Test(arguments: StoreForm.allCases)
    func `many objects are written at a time`(form: StoreForm) async throws {
        try await form.with { store, _ in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for count in 1...40 {
                    let (key, content) = (try key("many/\(count % 4)/\(count)"), bytes(count * 1000))
                    group.addTask {
                        let stored = try await store.put(key, content)
                        #expect(stored.size == content.readableBytes)
                        try await store.delete(key)
                    }
                }
                try await group.waitForAll()
            }
            #expect(try await store.page(after: nil, limit: 10).isEmpty)
            try await store.check()
        }
    }
}
