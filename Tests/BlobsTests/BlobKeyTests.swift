import Testing

@testable import Blobs

/// Keys are safe paths, whatever text they are made from.
struct BlobKeyTests {
    @Test(arguments: [
        "a", "workspace/call/0190.wav", "A-b_c.d/e", "1/2/3/4/5/6/7/8", String(repeating: "x", count: 128),
    ])
    func `segments of plain characters are a key`(text: String) {
        #expect(BlobKey(text)?.text == text)
    }

    @Test(arguments: [
        "", "/", "/a", "a/", "a//b", ".", "..", "../etc/passwd", "a/../b", "a/.hidden", ".incoming/x", "a b", "a\0b",
        "a\\b", "a%2e", "é", "a\nb", "1/2/3/4/5/6/7/8/9", String(repeating: "x", count: 129), "~", "a:b", "a?b", "a#b",
    ])
    func `anything else is none`(text: String) {
        #expect(BlobKey(text) == nil)
    }

    @Test func `keys are in the order of their segments`() throws {
        let keys = try ["a-b/x", "a/x", "a/b/c", "a", "b"].map { try #require(BlobKey($0)) }
        #expect(keys.sorted().map(\.text) == ["a", "a/b/c", "a/x", "a-b/x", "b"])
    }
}
