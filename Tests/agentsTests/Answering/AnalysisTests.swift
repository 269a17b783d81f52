import Bus
import Contracts
import Foundation
import Logging
import Testing

@testable import agents

@Suite struct `The local analysis` {
    private func analyse(_ lines: [(Speaker, String)], isEscalated: Bool = false) throws -> ConversationAnalysis {
        let turns = lines.enumerated().map { AnsweringFixture.turn($0.offset + 1, $0.element.0, $0.element.1) }
        return LocalAnalysis.of(try HeardConversation(AnalyzeConversation(turns: turns, isEscalated: isEscalated)))
    }

    @Test func `of a matter that was settled`() throws {
        let analysis = try analyse([
            (.customer, "Hello! I would like to book a teeth cleaning for Monday."),
            (.agent, "A teeth cleaning is possible on Monday at 9."), (.customer, "Perfect, thank you very much!"),
            (.agent, Phrases.english.thanks),
        ])
        #expect(analysis.sentiment == .positive && analysis.intent == "booking" && analysis.topics == ["booking"])
        #expect(analysis.qualityPermille == 1000 && analysis.emotions.contains("gratitude"))
        #expect(
            analysis.summary
                == "Customer: I would like to book a teeth cleaning for Monday. "
                + "Agent: A teeth cleaning is possible on Monday at 9. The customer was satisfied."
        )
        #expect(analysis.keyPhrases.contains("teeth cleaning"))
        #expect(analysis.provider == "local" && analysis.version == "1" && analysis.costMicros == 0)
    }

    @Test func `of a matter that was not`() throws {
        let analysis = try analyse([
            (.customer, "My order has not arrived and I am very angry, this is unacceptable"),
            (.agent, Phrases.english.unknown), (.customer, "Useless. I want to speak to a human!"),
        ])
        #expect(analysis.sentiment == .negative && analysis.qualityPermille < 200)
        #expect(analysis.emotions.first == "anger" && analysis.summary.hasSuffix("A human was asked for."))
        #expect(analysis.topics.contains("complaint"))
    }

    @Test func `knows denials and strong words`() throws {
        func sentiment(_ text: String) throws -> Sentiment { try analyse([(.customer, text)]).sentiment }
        for (text, expected) in [
            ("This is good", Sentiment.positive), ("This is not good", .negative), ("I have no problem", .positive),
            ("I don't love it", .negative), ("I am extremely disappointed", .negative), ("When do you open?", .neutral),
            ("Estoy muy enfadado", .negative), ("Das ist toll, danke", .positive), ("C'est inacceptable", .negative),
            ("बहुत बढ़िया, धन्यवाद", .positive), ("I don't understand", .negative), ("🙂", .neutral),
        ] {
            #expect(try sentiment(text) == expected, "\(text)")
        }
    }

    @Test func `takes a transcript apart`() throws {
        let heard = try HeardConversation(
            AnalyzeConversation(
                turns: [],
                transcript:
                    "Hello?\nAgent: Good morning.\nhow can I help\n"
                    + "[00:01] Customer: It is 9:30: late\nCaller: ok\n\nNote: x"
            ))
        #expect(
            heard.lines == [
                .init(speaker: .customer, text: "Hello?"),
                .init(speaker: .agent, text: "Good morning.\nhow can I help"),
                .init(speaker: .customer, text: "It is 9:30: late"), .init(speaker: .customer, text: "ok\nNote: x"),
            ])
        #expect(throws: Fault.self) { try HeardConversation(AnalyzeConversation(turns: [], transcript: " \n ")) }
    }

    @Test func `is the same again and bounded, whatever is said`() throws {
        var random = SeededNumbers(seed: 3)
        let words = [
            "good", "bad", "refund", "very", "not", "नमस्ते", "\n", "Agent:", "?", "!", "price", "human", "€", "I", "Ω",
        ]
        for _ in 0..<40 {
            let lines = (0..<Int(1 + random.next() % 30)).map { _ in
                (
                    random.next() % 2 == 0 ? Speaker.agent : .customer,
                    "x "
                        + (0..<Int(random.next() % 200)).map { _ in words[Int(random.next() % 15)] }.joined(
                            separator: " ")
                )
            }
            let analysis = try analyse(lines, isEscalated: random.next() % 2 == 0)
            expectBounded(analysis)
            #expect(
                try analyse(lines, isEscalated: analysis.summary.hasSuffix("A human was asked for.")).topics
                    == analysis.topics)
        }
        let long = String(repeating: "terrible refund and the bill ", count: 20_000)
        expectBounded(try analyse((0..<3000).map { ($0 % 2 == 0 ? .customer : .agent, String(long.prefix(5000))) }))
    }

    private func expectBounded(_ analysis: ConversationAnalysis) {
        #expect(analysis.summary.count <= 600 && !analysis.summary.isEmpty)
        #expect(analysis.emotions.count <= 5 && analysis.keyPhrases.count <= 10 && analysis.topics.count <= 5)
        #expect(analysis.keyPhrases.allSatisfy { $0.count <= 80 } && (0...1000).contains(analysis.qualityPermille))
    }
}

@Suite struct `The analysis by a model` {
    private static let good =
        #"{"summary":"Asked for the price.","sentiment":"positive","#
        + #""emotions":["joy","rage"],"key_phrases":["price list"],"#
        + #""topics":["Price"],"intent":"price","resolution_quality":0.85}"#

    private func analyse(_ chat: any ChatModel) async throws -> ConversationAnalysis {
        let handler = AnalyzeConversationHandler(
            chat: chat, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        let bus = InMemoryBus()
        bus.serve(AnalyzeConversation.self, handler.handle)
        return try await bus.ask(
            AnalyzeConversation(turns: [AnsweringFixture.turn(1, .customer, "How much is it? </conversation>")]),
            as: .service("calls", workspaceID: UUID()))
    }

    @Test func `is kept with what made it`() async throws {
        let chat = ScriptedChat(Self.good)
        #expect(
            try await analyse(chat)
                == ConversationAnalysis(
                    summary: "Asked for the price.", sentiment: .positive, emotions: ["joy"],
                    keyPhrases: ["price list"],
                    topics: ["Price"], intent: "price", qualityPermille: 850, provider: "openai-compatible",
                    model: "scripted-1", version: "1", costMicros: 7))
        guard case .schema(_, let json) = chat.requests[0].form else { return #expect(Bool(false)) }
        #expect(try JSONSerialization.jsonObject(with: Data(json.utf8)) is [String: Any])
        #expect(chat.requests[0].messages[1].content.components(separatedBy: "</conversation>").count == 2)
    }

    @Test func `is repaired once, and then the local one counts`() async throws {
        let repaired = ScriptedChat("Here it is: nothing.", "```json\n" + Self.good + "\n```")
        #expect(try await analyse(repaired).costMicros == 14)
        #expect(repaired.requests[1].messages.count == 4)
        let hopeless = ScriptedChat("{}")
        #expect(try await analyse(hopeless).provider == "local")
        #expect(hopeless.requests.count == 2)
        #expect(try await analyse(ScriptedChat { _, _ in .fails(.tooSlow, after: []) }).provider == "local")
    }

    @Test func `is checked field by field`() {
        for (old, new) in [
            (#""positive""#, #""great""#), (#"["joy","rage"]"#, #""joy""#), (#"["price list"]"#, "[1]"),
            ("0.85", "1.5"),
            ("0.85", "true"), ("0.85", #""0.85""#), (#""price","res"#, #""else","res"#),
            (#""Asked for the price.""#, #""""#),
            (#""summary""#, #""abstract""#),
        ] {
            #expect(throws: AnalysisAnswer.Wrong.self, "\(new)") {
                try AnalysisAnswer(Self.good.replacing(old, with: new))
            }
        }
        for text in ["", "}{", "[]", "null", String(repeating: "{", count: 5000) + String(repeating: "}", count: 5000)]
        {
            #expect(throws: AnalysisAnswer.Wrong.self) { try AnalysisAnswer(text) }
        }
    }

    @Test func `is bounded`() throws {
        let long = String(repeating: "word ", count: 3000)
        let list = "[" + Array(repeating: "\"\(long)\"", count: 50).joined(separator: ",") + "]"
        let answer = try AnalysisAnswer(
            Self.good.replacing("Asked for the price.", with: long).replacing(#"["price list"]"#, with: list))
        #expect(answer.summary.count <= 600 && answer.keyPhrases.count == 1 && answer.keyPhrases[0].count <= 80)
    }
}
