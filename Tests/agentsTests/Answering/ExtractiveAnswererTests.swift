import Testing

@testable import agents

@Suite struct `Without a model` {
    private static let handbook = """
        Our clinic is open from Monday to Friday, 9 am to 6 pm. On Saturday we are open from 10 am to 2 pm. We are \
        closed on Sunday.

        A regular cleaning costs 80 euros. Children under 12 pay half. Payment is possible in cash or by card.

        Parking is free behind the building.
        """
    private static let faq = """
        Q: Do you offer teeth whitening?
        A: Yes, a session takes an hour
        and costs 200 euros.

        Q: Do you accept insurance?
        A: We work with all public insurers.

        How can I cancel?
        Call us a day before.
        """

    private func answer(_ text: String, _ passages: [FoundPassage], language: String = "en")
        -> ExtractiveAnswerer.Answer
    {
        ExtractiveAnswerer().answer(AnsweringFixture.question(text, language: language), passages: passages)
    }

    @Test func `the best sentences are quoted`() {
        let passage = AnsweringFixture.passage(Self.handbook)
        #expect(answer("Where can I park?", [passage]).text == "Parking is free behind the building.")
        #expect(
            answer("How much does a cleaning cost?", [passage]).text.hasPrefix("A regular cleaning costs 80 euros."))
        #expect(answer("When are you open?", [passage]).text.contains("Monday to Friday, 9 am to 6 pm."))
        #expect(answer("When are you open?", [passage]).passagesUsed == 1)
    }

    @Test func `a question of a collection is answered with its own answer`() {
        let passage = AnsweringFixture.passage(Self.faq)
        #expect(
            answer("Can I get my teeth whitened? whitening", [passage]).text
                == "Yes, a session takes an hour and costs 200 euros.")
        #expect(answer("which insurance do you accept", [passage]).text == "We work with all public insurers.")
        #expect(answer("How do I cancel?", [passage]).text == "Call us a day before.")
        #expect(answer("Do you offer braces?", [AnsweringFixture.passage(Self.faq, score: 0.1)]).isUnsure)
    }

    @Test func `what is not known is said not to be known`() {
        let unsure = answer("Who won the world cup?", [AnsweringFixture.passage(Self.handbook, score: 0.3)])
        #expect(unsure.isUnsure && unsure.passagesUsed == 0 && unsure.text == Phrases.english.unknown)
        #expect(answer("Who won the world cup?", []).isUnsure)
        #expect(answer("¿Quién ganó?", [], language: "es-MX").text == Phrases.inLanguage("es").unknown)
        #expect(answer("x", [], language: "xx").text == Phrases.english.unknown)
    }

    @Test func `what is said of one thing does not answer for another`() {
        let passage = AnsweringFixture.passage(Self.handbook, score: 0.7)
        #expect(answer("How much does whitening cost?", [passage]).isUnsure)
        #expect(answer("Do you offer a crown?", [passage]).isUnsure)
        #expect(!answer("I was hoping to find out when you guys are open on weekends", [passage]).isUnsure)
        #expect(answer("What time do you close on Fridays?", [passage]).text.contains("9 am to 6 pm"))
    }

    @Test func `to make an appointment is not to give it up, and a thing of its own is not answered by another`() {
        let passage = AnsweringFixture.passage(
            """
            Q: Can I cancel my appointment?
            A: Call us at least 24 hours before your appointment.

            Q: How much is a cleaning?
            A: A cleaning costs 80 euros.

            Q: Do you treat children?
            A: Yes, from 3 years on.
            """)
        #expect(answer("I want to book an appointment", [passage]).isUnsure)
        #expect(answer("Can I cancel my appointment?", [passage]).text.hasPrefix("Call us"))
        #expect(answer("Do you clean carpets in Lisbon?", [passage]).isUnsure)
    }

    @Test func `what stands before questions and answers is quoted too`() {
        let passage = AnsweringFixture.passage("Parking is free.\n\nAny questions?\nCall us at 555-0100.")
        #expect(answer("Is parking free?", [passage]).text == "Parking is free.")
    }

    @Test func `small talk claims nothing`() {
        for (text, phrase) in [
            ("Hello", Phrases.english.greeting), ("thanks", Phrases.english.thanks), ("bye", Phrases.english.goodbye),
            ("I want a human", Phrases.english.human), ("ok", Phrases.english.goOn),
        ] {
            let given = answer(text, [AnsweringFixture.passage(Self.handbook)])
            #expect(given.text == phrase && !given.isUnsure && given.passagesUsed == 0)
        }
    }

    /// The property that matters: whatever is asked of whatever text, an answer is a piece of it.
    @Test func `an answer never holds a word that the passage does not hold`() {
        var random = SeededNumbers(seed: 7)
        let words = [
            "open", "price", "monday", "Q:", "A:", "cleaning?", "refund.", "€20", "\n", "\n\n", "-", "the", "Dr.", "हम",
            "é",
        ]
        for round in 0..<2000 {
            let text = (0..<Int(random.next() % 120)).map { _ in words[Int(random.next() % UInt64(words.count))] }
                .joined(separator: " ")
            let question = (0..<5).map { _ in words[Int(random.next() % UInt64(words.count))] }.joined(separator: " ")
            let passage = AnsweringFixture.passage(text, score: Double(random.next() % 100) / 100)
            let given = answer(question, [passage])
            guard given.passagesUsed > 0 else { continue }
            let quoted = given.text.hasSuffix("…") ? String(given.text.dropLast()) : given.text
            let flat = text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
            let isPiece = flat.contains(quoted) || withoutLabels(flat).contains(withoutLabels(quoted))
            #expect(isPiece, "round \(round): \(quoted)")
            #expect(given.text.count <= ExtractiveAnswerer.longestAnswer)
            #expect(given == answer(question, [passage]))
        }
    }

    private func withoutLabels(_ text: String) -> String { text.replacing("A: ", with: "").replacing("Q: ", with: "") }

    @Test func `hostile scores and texts do no harm`() {
        for score in [Double.nan, .infinity, -1, 7] {
            let given = answer("When are you open?", [AnsweringFixture.passage(Self.handbook, score: score)])
            #expect(!given.text.isEmpty)
        }
        _ = answer(
            String(repeating: "open ", count: 5000),
            [AnsweringFixture.passage(String(repeating: "open. ", count: 5000))])
    }
}

/// SplitMix64: the same numbers in every run.
struct SeededNumbers: RandomNumberGenerator {
    private var state: UInt64
    init(seed: UInt64) { state = seed }
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }
}
