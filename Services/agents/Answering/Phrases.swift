/// The sentences that an agent has without any knowledge; none of them claims a fact.
struct Phrases: Sendable, Equatable {
    let greeting: String
    let thanks: String
    let goodbye: String
    let goOn: String
    /// What an agent says that does not know. A model is told to say the same.
    let unknown: String
    let human: String

    /// - Parameter language: `en`, `en-GB`, `hi_IN` …; English for one that is not here.
    static func inLanguage(_ language: String) -> Phrases {
        let primary = language.lowercased().prefix { $0.isLetter }
        return table[String(primary)] ?? english
    }

    func answer(to intent: Intent) -> String? {
        switch intent {
        case .greeting: greeting
        case .thanks: thanks
        case .goodbye: goodbye
        case .agreement, .refusal: goOn
        case .human: human
        default: nil
        }
    }

    static let english = Phrases(
        greeting: "Hello! How can I help you?", thanks: "You are welcome. Is there anything else I can help you with?",
        goodbye: "Goodbye, and thank you for getting in touch.", goOn: "Is there anything else I can help you with?",
        unknown: "I am sorry, I do not know the answer to that.",
        human: "I understand that you would like to speak to a person. I have noted that a colleague is asked for.")

    static let table: [String: Phrases] = [
        "en": english,
        "es": Phrases(
            greeting: "¡Hola! ¿En qué puedo ayudarle?", thanks: "De nada. ¿Puedo ayudarle en algo más?",
            goodbye: "Adiós, y gracias por ponerse en contacto.", goOn: "¿Puedo ayudarle en algo más?",
            unknown: "Lo siento, no sé la respuesta a eso.",
            human: "Entiendo que quiere hablar con una persona. He anotado que se pide a un compañero."),
        "fr": Phrases(
            greeting: "Bonjour ! Comment puis-je vous aider ?",
            thanks: "Je vous en prie. Puis-je vous aider pour autre chose ?",
            goodbye: "Au revoir, et merci de nous avoir contactés.", goOn: "Puis-je vous aider pour autre chose ?",
            unknown: "Je suis désolé, je ne connais pas la réponse à cette question.",
            human: "Je comprends que vous souhaitez parler à une personne. J'ai noté qu'un collègue est demandé."),
        "de": Phrases(
            greeting: "Hallo! Wie kann ich Ihnen helfen?",
            thanks: "Gern geschehen. Kann ich sonst noch etwas für Sie tun?",
            goodbye: "Auf Wiedersehen, und danke für Ihre Nachricht.", goOn: "Kann ich sonst noch etwas für Sie tun?",
            unknown: "Es tut mir leid, das weiß ich nicht.",
            human:
                "Ich verstehe, dass Sie mit einem Menschen sprechen möchten. Ich habe das so vermerkt."
        ),
        "hi": Phrases(
            greeting: "नमस्ते! मैं आपकी क्या मदद कर सकता हूँ?",
            thanks: "आपका स्वागत है। क्या मैं और कोई मदद कर सकता हूँ?",
            goodbye: "अलविदा, और संपर्क करने के लिए धन्यवाद।", goOn: "क्या मैं और कोई मदद कर सकता हूँ?",
            unknown: "माफ़ कीजिए, मुझे इसका उत्तर नहीं पता।",
            human: "मैं समझता हूँ कि आप किसी व्यक्ति से बात करना चाहते हैं। मैंने यह दर्ज कर लिया है।"),
    ]

    /// Whether somebody says that they do not know, in one of the usual ways.
    static func saysUnknown(_ text: String) -> Bool {
        let words = Words.texts(of: text)
        return unknownPatterns.match(words)
    }

    private static let unknownPatterns = WordPatterns(
        table.values.map { Words.texts(of: $0.unknown).joined(separator: " ") }
            + usual.split(separator: ",").map(String.init))
    private static let usual = """
        i do not know,i dont know,im not sure,i am not sure,im not certain,i dont have that|this|any,
        i do not have that|this|any,i dont have information,i do not have information,i dont have the information,
        i do not have the information,no information about,no information on,unable to find,could not find,couldnt find,
        not mentioned in,not specified in,i cannot answer,i cant answer,no lo se,no se la respuesta,
        no tengo informacion,no tengo esa informacion,je ne sais pas,je ne connais pas la reponse,
        je n ai pas d information,
        das weiss ich nicht,ich weiss es nicht,ich weiss nicht,dazu habe ich keine,keine information*,उत्तर नहीं पता,
        मुझे नहीं पता,मुझे नहीं मालूम,जानकारी नहीं है
        """
}
