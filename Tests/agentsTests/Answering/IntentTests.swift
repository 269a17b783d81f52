import Testing

@testable import agents

@Suite struct `The wish for a human` {
    @Test(arguments: [
        "I want to speak to a human", "Can I talk to a real person please?", "agent", "Operator!", "human please",
        "Representative, now", "let me speak with your manager", "Please transfer me to an agent.", "get me a human",
        "I need to talk to someone from billing", "No, I want a human", "no I want a human",
        "I don't want to talk to a bot, I want a human", "I do not want to talk to a bot I want a human",
        "Why can't I speak to a person?", "I cannot reach a human", "Is there a human I can talk to?",
        "I'd rather talk to a real person than a bot", "escalate this", "Connect me with a live agent",
        "Can someone call me back?", "could somebody call me", "I need to speak to customer service", "real person",
        "put me through", "I would like to speak with a customer service representative", "SUPERVISOR",
        "quiero hablar con una persona", "Necesito un agente humano", "¿Puedo hablar con alguien?",
        "No quiero un robot, quiero hablar con un humano", "Je veux parler à un humain", "parler à un conseiller",
        "Puis-je parler à quelqu'un ?", "Ich möchte mit einem Menschen sprechen", "Kann ich mit jemandem sprechen?",
        "Mitarbeiter bitte", "मुझे इंसान से बात करनी है", "एजेंट से बात कराइए", "mujhe insaan se baat karni hai",
    ])
    func `is found`(text: String) {
        #expect(HumanWish.isIn(text))
        #expect(Intent.of(text) == .human)
    }

    @Test(arguments: [
        "", "?!", "What are your opening hours?", "I don't want to talk to a human", "please don't transfer me",
        "No need to speak to a person", "I spoke to your agent yesterday", "My manager wants to know the price",
        "I need to ask my manager first", "Are you a human?", "Am I talking to a real person?", "I need a travel agent",
        "I need a table for two people", "How many people fit in a room?", "I am a real person",
        "I never asked to speak to a representative", "You are better than a human",
        "I would like to book for one person",
        "I'd rather talk to you instead of a human", "Do I need an agent's signature to sell property?",
        "no quiero hablar con un humano", "Je ne veux pas parler à un conseiller",
        "Ich will nicht mit einem Menschen sprechen",
        "मुझे इंसान से बात नहीं करनी", "I want someone to fix my roof", "Do you manage properties?",
    ])
    func `is not found where there is none`(text: String) {
        #expect(!HumanWish.isIn(text))
    }
}

@Suite struct `The intent of a message` {
    @Test(arguments: [
        ("Hello", Intent.greeting), ("Hi there, how are you?", .greeting), ("Good morning!", .greeting),
        ("hello, can you help me?", .greeting), ("Hola, buenos días", .greeting), ("नमस्ते", .greeting),
        ("Thank you so much!", .thanks), ("thanks, that's all", .thanks), ("Vielen Dank", .thanks),
        ("merci beaucoup", .thanks),
        ("Bye", .goodbye), ("Auf Wiedersehen", .goodbye), ("have a nice day", .goodbye),
        ("What time do you open on Sunday?", .openingHours), ("Hello! When are you open?", .openingHours),
        ("Wann habt ihr geöffnet?", .openingHours), ("¿Cuál es el horario?", .openingHours),
        ("How much does a cleaning cost?", .price), ("¿Cuánto cuesta?", .price), ("Was kostet das?", .price),
        ("Do you take credit cards?", .payment), ("I'd like to book an appointment", .booking),
        ("Je voudrais un rendez-vous", .booking), ("Please cancel my appointment", .cancellation),
        ("Ich möchte stornieren", .cancellation), ("I want my money back", .refund),
        ("Where is your office located?", .location),
        ("Where is my order?", .delivery), ("What is your email address?", .contact),
        ("The app is not working", .support),
        ("This is unacceptable, terrible service", .complaint), ("yes", .agreement), ("no thanks", .thanks),
        ("nope", .refusal),
        ("Who founded the company?", .question), ("Do you sell shoes?", .question), ("I live in Rome", .statement),
        ("", .statement), ("🙂", .statement), ("I want to speak to a human, this is ridiculous", .human),
    ])
    func `is found`(text: String, intent: Intent) {
        #expect(Intent.of(text) == intent)
        #expect(Intent.of(text) == Intent.of(text))
    }

    @Test func `is small talk only where nothing is asked`() {
        #expect(!Intent.of("Thanks, and what is the warranty?").isSmallTalk)
        #expect(!Intent.of("Hi, I lost my card").isSmallTalk)
    }
}

@Suite struct `Words and sentences` {
    @Test func `keep scripts whole and take accents off`() {
        #expect(Words.texts(of: "I don't like l'Été, Straße!") == ["i", "dont", "like", "l", "ete", "strasse"])
        #expect(Words.texts(of: "कृपया मदद") == ["कृपया", "मदद"])
        let text = "Ein Über-Test"
        #expect(Words.of(text).map { String(text[$0.range]) } == ["Ein", "Über", "Test"])
    }

    @Test func `end where a sentence ends`() {
        let text = "Dr. Rossi opens at 9.30 a.m. on Monday. Bring your card!\n- first item\n- second\n\nLast"
        #expect(
            Sentences.of(text).map { String(text[$0]) } == [
                "Dr. Rossi opens at 9.30 a.m. on Monday.", "Bring your card!", "- first item", "- second", "Last",
            ])
        #expect(Sentences.of(" \n ").isEmpty)
    }
}
