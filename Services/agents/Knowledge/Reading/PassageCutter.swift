import Contracts

/// Cuts a text into passages that each make sense for themselves: at the end of a paragraph, of a line or of a sentence
/// where there is one. Each begins a little before its predecessor's end, so that no sentence is lost on a cut.
enum PassageCutter {
    /// Characters, here and below: Unicode scalars, as PostgreSQL counts them.
    static let shortest = 800
    static let longest = 1200
    static let overlap = 150

    static func passages(of text: String, sourceURL: String? = nil) -> [Passage] {
        let scalars = tidied(text)
        var passages: [Passage] = []
        var start = skippingSpace(in: scalars, from: 0)
        while start < scalars.count {
            let end = end(in: scalars, from: start)
            let slice = scalars[start..<lastWord(in: scalars, before: end, after: start)]
            passages.append(Passage(text: string(slice), offset: start, sourceURL: sourceURL))
            guard end < scalars.count else { break }
            start = wordStart(in: scalars, from: max(start + 1, end - overlap), before: end)
        }
        return passages
    }

    /// One space, one line's end or one blank line in the place of several; that is the text that offsets count in.
    static func tidied(_ text: String) -> [Unicode.Scalar] {
        var scalars: [Unicode.Scalar] = []
        scalars.reserveCapacity(text.utf8.count)
        var (newlines, hasSpace) = (0, false)
        for scalar in text.unicodeScalars {
            if scalar == "\n" || scalar == "\u{0C}" || scalar == "\u{2029}" {
                newlines += 1
            } else if scalar.properties.isWhitespace || scalar.value < 0x20 {
                hasSpace = true
            } else {
                if !scalars.isEmpty {
                    if newlines > 0 {
                        scalars.append("\n")
                        if newlines > 1 { scalars.append("\n") }
                    } else if hasSpace {
                        scalars.append(" ")
                    }
                }
                (newlines, hasSpace) = (0, false)
                scalars.append(scalar)
            }
        }
        return scalars
    }

    /// Where the passage that begins there ends.
    private static func end(in text: [Unicode.Scalar], from start: Int) -> Int {
        guard text.count - start > longest else { return text.count }
        let window = (start + shortest)...(start + longest)
        var (sentence, line, word): (Int?, Int?, Int?) = (nil, nil, nil)
        for place in window.reversed() {
            let (before, here) = (text[place - 1], text[place])
            if before == "\n", here == "\n" || text[place - 2] == "\n" { return place }
            if line == nil, before == "\n" { line = place }
            if sentence == nil, isSentenceEnd(before), here == " " || here == "\n" { sentence = place }
            if word == nil, before == " " { word = place }
        }
        return line ?? sentence ?? word ?? window.upperBound
    }

    private static func isSentenceEnd(_ scalar: Unicode.Scalar) -> Bool {
        ".!?…。！？".unicodeScalars.contains(scalar)
    }

    private static func wordStart(in text: [Unicode.Scalar], from start: Int, before end: Int) -> Int {
        guard let space = text[start..<end].firstIndex(where: isSpace) else { return start }
        return skippingSpace(in: text, from: space)
    }

    private static func skippingSpace(in text: [Unicode.Scalar], from start: Int) -> Int {
        text[start...].firstIndex { !isSpace($0) } ?? text.count
    }

    private static func lastWord(in text: [Unicode.Scalar], before end: Int, after start: Int) -> Int {
        (text[start..<end].lastIndex { !isSpace($0) } ?? start) + 1
    }

    private static func isSpace(_ scalar: Unicode.Scalar) -> Bool { scalar == " " || scalar == "\n" }

    private static func string(_ scalars: ArraySlice<Unicode.Scalar>) -> String {
        var text = String.UnicodeScalarView()
        text.append(contentsOf: scalars)
        return String(text)
    }
}
