import Contracts
import Foundation

/// A model's answer to `AnalysisQuestion`, checked field by field.
struct AnalysisAnswer: Equatable {
    /// A sentence that a model can make use of.
    struct Wrong: Error, Equatable {
        let what: String
    }

    let summary: String
    let sentiment: Sentiment
    let emotions: [String]
    let keyPhrases: [String]
    let topics: [String]
    let intent: String
    let qualityPermille: Int

    init(_ text: String) throws(Wrong) {
        guard let json = Self.object(in: text),
            case .object(let fields)? = try? JSONDecoder().decode(JSONTree.self, from: Data(json.utf8))
        else { throw Wrong(what: "there is no JSON object") }
        summary = try Self.text(fields, "summary", longest: 600)
        guard let sentiment = Sentiment(rawValue: try Self.text(fields, "sentiment", longest: 20).lowercased()) else {
            throw Wrong(what: "\"sentiment\" must be positive, neutral or negative")
        }
        self.sentiment = sentiment
        let known = try Self.texts(fields, "emotions", most: 20, longest: 40).map { $0.lowercased() }
        emotions = Array(known.filter(ConversationAnalysis.allEmotions.contains).prefix(5))
        keyPhrases = try Self.texts(fields, "key_phrases", most: 10, longest: 80)
        topics = try Self.texts(fields, "topics", most: 5, longest: 60)
        guard let intent = Intent(rawValue: try Self.text(fields, "intent", longest: 60).lowercased()) else {
            throw Wrong(what: "\"intent\" is none of the allowed values")
        }
        self.intent = intent.rawValue
        guard case .number(let quality)? = fields["resolution_quality"], (0...1).contains(quality) else {
            throw Wrong(what: "\"resolution_quality\" must be a number from 0 to 1")
        }
        qualityPermille = Int((quality * 1000).rounded())
    }

    /// The first object of a text; some models put a fence or a sentence around it.
    private static func object(in text: String) -> Substring? {
        guard let start = text.firstIndex(of: "{"), let end = text.lastIndex(of: "}"), start < end else { return nil }
        return text[start...end]
    }

    private static func text(_ fields: [String: JSONTree], _ name: String, longest: Int) throws(Wrong) -> String {
        guard case .text(let given)? = fields[name] else { throw Wrong(what: "\"\(name)\" must be a text") }
        let line = PlainText.line(given, longest: longest)
        guard !line.isEmpty else { throw Wrong(what: "\"\(name)\" must not be empty") }
        return line
    }

    /// Each once, without empty ones.
    private static func texts(
        _ fields: [String: JSONTree], _ name: String, most: Int, longest: Int
    ) throws(Wrong) -> [String] {
        guard case .list(let given)? = fields[name] else { throw Wrong(what: "\"\(name)\" must be a list of texts") }
        var texts: [String] = []
        for item in given.prefix(100) {
            guard case .text(let text) = item else { throw Wrong(what: "\"\(name)\" must hold nothing but texts") }
            texts.append(text)
        }
        var seen: Set<String> = []
        return texts.map { PlainText.line($0, longest: longest) }
            .filter { !$0.isEmpty && seen.insert($0.lowercased()).inserted }.prefix(most).map { $0 }
    }
}
