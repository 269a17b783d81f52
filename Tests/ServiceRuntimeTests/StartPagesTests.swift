import Testing

@testable import ServiceRuntime

#if canImport(Glibc)
    import Glibc
#endif

@Suite struct StartPagesTests {
    /// Of the pages of files, in kilobytes.
    private func residentFiles() throws -> Int {
        let file = try #require(fopen("/proc/self/status", "r"))
        defer { fclose(file) }
        var line = [CChar](repeating: 0, count: 256)
        while fgets(&line, CInt(line.count), file) != nil {
            let text = String(decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
            guard text.hasPrefix("RssFile:") else { continue }
            return try #require(Int(text.filter(\.isNumber)))
        }
        return 0
    }

    @Test func `pages that are given back are gone, and the program goes on`() throws {
        let before = try residentFiles()
        StartPages.giveBack()
        let after = try residentFiles()
        #expect(after < before)
        #expect((0..<1000).map { $0 * 2 }.reduce(0, +) == 999_000)
    }
}
