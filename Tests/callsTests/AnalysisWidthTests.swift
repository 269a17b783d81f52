import Testing

@testable import calls

struct AnalysisWidthTests {
    @Test func growsWhileItIsQuickAndShrinksWhenSlow() {
        var width = AnalysisWidth()
        width.note(3, in: .milliseconds(1))
        #expect(width.calls == 4)
        for _ in 0..<9 { width.note(width.calls, in: .milliseconds(10)) }
        #expect(width.calls == AnalysisWidth.most)
        width.note(32, in: .seconds(1))
        #expect(width.calls == AnalysisWidth.most)
        for _ in 0..<9 { width.note(width.calls, in: .seconds(3)) }
        #expect(width.calls == AnalysisWidth.least)
    }
}
