import Foundation

/// A word of a text, as it is compared.
struct Word: Sendable, Equatable {
    /// In lower case and without accents.
    let text: String
    /// Where it stands in the text that it was taken from.
    let range: Range<String.Index>
}

/// Takes texts apart into words, always in the same way, whatever the machine's language.
enum Words {
    /// Words of letters, marks and digits. An apostrophe is part of an English contraction (`don't` is `dont`) and
    /// elsewhere stands between two words (`l'agent`).
    static func of(_ text: some StringProtocol) -> [Word] {
        let text = String(text)
        var words: [Word] = []
        var start: String.Index?
        let scalars = text.unicodeScalars
        var index = scalars.startIndex
        func close(at end: String.Index) {
            if let first = start {
                words.append(Word(text: folded(text[first..<end]), range: first..<end))
                start = nil
            }
        }
        while index < scalars.endIndex {
            let next = scalars.index(after: index)
            if isPart(scalars[index]) {
                if start == nil { start = index }
            } else if start != nil, isApostrophe(scalars[index]),
                let end = contractionEnd(scalars, from: next)
            {
                index = end
                continue
            } else {
                close(at: index)
            }
            index = next
        }
        close(at: scalars.endIndex)
        return words
    }

    static func texts(of text: some StringProtocol) -> [String] { of(text).map(\.text) }

    /// In lower case, without apostrophes and without the accents of Latin letters. Marks of other scripts are parts of
    /// their letters and stay.
    static func folded(_ text: some StringProtocol) -> String {
        if text.utf8.allSatisfy({ $0 < 0x80 }) {
            return String(decoding: text.utf8.filter { $0 != 0x27 }.map(lowerCased), as: UTF8.self)
        }
        var result = String.UnicodeScalarView()
        for scalar in text.lowercased().decomposedStringWithCanonicalMapping.unicodeScalars
        where !(0x300...0x36F).contains(scalar.value) && !isApostrophe(scalar) {
            if scalar == "ß" { result.append(contentsOf: "ss".unicodeScalars) } else { result.append(scalar) }
        }
        return String(result)
    }

    private static func lowerCased(_ byte: UInt8) -> UInt8 { (0x41...0x5A).contains(byte) ? byte | 0x20 : byte }

    private static func isPart(_ scalar: Unicode.Scalar) -> Bool {
        if scalar.isASCII {
            return (0x61...0x7A).contains(scalar.value | 0x20) || (0x30...0x39).contains(scalar.value)
        }
        switch scalar.properties.generalCategory {
        case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter, .nonspacingMark,
            .spacingMark, .decimalNumber:
            return true
        default: return scalar.value == 0x200C || scalar.value == 0x200D
        }
    }

    private static func isApostrophe(_ scalar: Unicode.Scalar) -> Bool {
        scalar == "'" || scalar == "\u{2019}" || scalar == "\u{2BC}"
    }

    private static let contractions: Set<String> = ["t", "s", "d", "m", "ll", "re", "ve"]

    /// Where a contraction's last part ends; nil when what follows is none.
    private static func contractionEnd(
        _ scalars: String.UnicodeScalarView, from start: String.Index
    ) -> String.Index? {
        var end = start
        var letters = ""
        while end < scalars.endIndex, isPart(scalars[end]), letters.utf8.count <= 3 {
            letters.unicodeScalars.append(scalars[end])
            end = scalars.index(after: end)
        }
        return contractions.contains(letters.lowercased()) ? end : nil
    }
}

/// Brings words of one family together: a few endings of English are taken off, and no more.
enum Stem {
    static func of(_ word: String) -> String {
        guard word.utf8.count > 3, word.utf8.allSatisfy({ (0x61...0x7A).contains($0) }) else { return word }
        if let other = irregular[word] { return other }
        for (ending, rest) in endings where word.hasSuffix(ending) {
            let stem = word.dropLast(ending.count)
            guard stem.count >= 3 else { continue }
            return undoubled(String(stem) + rest)
        }
        return withoutLastE(word)
    }

    /// The longest first.
    private static let endings: [(String, String)] = [
        ("ations", "ate"), ("ation", "ate"), ("ments", ""), ("ment", ""), ("ingly", ""), ("ings", ""), ("ing", ""),
        ("ies", "y"), ("ied", "y"), ("edly", ""), ("ers", ""), ("ed", ""), ("er", ""), ("ly", ""), ("es", ""),
        ("ss", "ss"), ("us", "us"), ("is", "is"), ("s", ""),
    ]
    private static let irregular = [
        "paid": "pay", "bought": "buy", "sent": "send", "children": "child", "kids": "child", "kid": "child",
        "people": "person", "cost": "cost", "costs": "cost", "news": "news", "bring": "bring", "during": "during",
        "number": "number", "order": "order", "orders": "order", "offer": "offer", "offers": "offer",
        "water": "water", "member": "member", "members": "member", "paper": "paper", "need": "need", "speed": "speed",
    ]

    private static func undoubled(_ stem: String) -> String {
        let last = stem.suffix(2)
        guard last.count == 2, last.first == last.last, let letter = last.first, !"lsz".contains(letter) else {
            return withoutLastE(stem)
        }
        return String(stem.dropLast())
    }

    private static func withoutLastE(_ stem: String) -> String {
        stem.count > 3 && stem.hasSuffix("e") ? String(stem.dropLast()) : stem
    }
}
