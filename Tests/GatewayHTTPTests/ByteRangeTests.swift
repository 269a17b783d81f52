import GatewayHTTP
import Testing

struct ByteRangeTests {
    @Test(arguments: [
        ("bytes=0-0", 0..<1), ("bytes=0-9", 0..<10), ("bytes=5-", 5..<10), ("bytes=-3", 7..<10), ("bytes=-99", 0..<10),
        ("bytes=9-9", 9..<10), ("bytes=3-99", 3..<10), ("Bytes = 1-2", 1..<3),
        ("bytes=0-99999999999999999999999", 0..<10), ("bytes=-99999999999999999999999", 0..<10),
    ])
    func `a piece of ten bytes`(header: String, piece: Range<Int>) {
        #expect(ByteRange(header, size: 10) == .part(piece))
    }

    @Test(arguments: ["bytes=10-", "bytes=10-12", "bytes=-0", "bytes=99999999999999999999999-"])
    func `nothing lies there`(header: String) {
        #expect(ByteRange(header, size: 10) == .outside)
        #expect(ByteRange("bytes=0-", size: 0) == .outside && ByteRange("bytes=-1", size: 0) == .outside)
    }

    @Test(arguments: [
        nil, "", "bytes", "bytes=", "bytes=-", "bytes=2-1", "bytes=0-1,3-4", "bytes=a-b", "bytes=+1-2", "bytes=1--2",
        "items=0-1", "bytes=0x1-2", "bytes=1-2-3",
    ])
    func `what is not understood asks for everything`(header: String?) {
        #expect(ByteRange(header, size: 10) == .whole)
    }
}
