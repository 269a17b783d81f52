import AsyncHTTPClient
import Blobs
import Foundation
import NIOCore
import TestSupport
import Testing

/// What a real server refuses, and what happens when it is away.
struct S3RefusalTests {
    private let content = ByteBuffer(string: "content")

    private func isRefused(_ body: () async throws -> Void) async -> Bool {
        do {
            try await body()
            return false
        } catch BlobError.refused {
            return true
        } catch {
            return false
        }
    }

    private func isUnavailable(_ body: () async throws -> Void) async -> Bool {
        do {
            try await body()
            return false
        } catch BlobError.unavailable {
            return true
        } catch {
            return false
        }
    }

    @Test func `a signature with another secret opens nothing`() async throws {
        let key = try #require(BlobKey("w/c/x"))
        try await S3Server.with { server in
            try await StoreForm.connected { http in
                let good = try server.store(http)
                try await good.prepare()
                _ = try await good.put(key, content)
                let bad = try server.store(http, secretKey: "another secret")
                #expect(await isRefused { _ = try await bad.put(key, ByteBuffer(string: "planted")) })
                #expect(await isRefused { _ = try await bad.put(key, ByteBuffer(repeating: 1, count: 9_000_000)) })
                #expect(await isRefused { _ = try await bad.read(key, range: nil) })
                #expect(await isRefused { _ = try await bad.page(after: nil, limit: 10) })
                #expect(await isRefused { try await bad.delete(key) })
                #expect(await isRefused { try await bad.check() })
                var read = ByteBuffer()
                for try await part in try await good.read(key, range: nil) { read.writeImmutableBuffer(part) }
                #expect(read == content)
            }
        }
    }

    @Test func `an address is good for the object that it was signed for`() async throws {
        let key = try #require(BlobKey("w/c/x"))
        try await S3Server.with { server in
            try await StoreForm.connected { http in
                let store = try server.store(http)
                try await store.prepare()
                _ = try await store.put(key, content)
                let url = store.temporaryURL(of: key, seconds: 60)
                let good = try await http.execute(HTTPClientRequest(url: url), timeout: .seconds(5))
                #expect(good.status == .ok)
                #expect(try await good.body.collect(upTo: 100) == content)
                let forged = url.dropLast() + (url.hasSuffix("0") ? "1" : "0")
                let bad = try await http.execute(HTTPClientRequest(url: String(forged)), timeout: .seconds(5))
                #expect(bad.status == .forbidden)
            }
        }
    }

    @Test func `a server that is away is unavailable within seconds, and works again when it is back`() async throws {
        let key = try #require(BlobKey("w/c/x"))
        try await S3Server.with { server in
            try await StoreForm.connected { http in
                let store = try server.store(http)
                try await store.prepare()
                _ = try await store.put(key, content)
                let writer = try await store.begin(key, type: "x/y")
                try await writer.write(ByteBuffer(repeating: 7, count: 9_000_000))
                await server.halt()
                let start = ContinuousClock.now
                #expect(await isUnavailable { _ = try await writer.finish(expecting: nil) })
                #expect(await isUnavailable { _ = try await store.put(key, content) })
                #expect(await isUnavailable { _ = try await store.read(key, range: nil) })
                #expect(await isUnavailable { try await store.check() })
                #expect(ContinuousClock.now - start < .seconds(20))
                await writer.abort()
                try await server.start()
                try await store.check()
                #expect(try await store.facts(of: key)?.size == content.readableBytes)
            }
        }
    }
}
