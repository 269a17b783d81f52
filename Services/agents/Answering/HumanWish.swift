/// Finds out whether somebody asks for a human, in English, Spanish, French, German and Hindi.
///
/// A wish is, within one clause,
/// - a verb such as *speak*, *transfer* or *want*, then nothing but small words, then a word for a human;
/// - a word for a human and then "I can speak to", or `से बात`;
/// - a short message that is nothing but a word for a human ("agent, please").
///
/// It is none when the verb is denied ("I don't want to speak to …", "no need for …"), when the human is somebody's
/// ("my
/// manager") or of another trade ("travel agent"), or when the verb is in the past ("I spoke to …"). "Why can't I
/// speak to
/// …" is one.
enum HumanWish {
    static func isIn(_ text: String) -> Bool {
        clauses(of: text).contains { words in
            mentions(words)
                && (isShortCall(words) || hasOrder(words) || hasVerbThenHuman(words) || hasHumanThenVerb(words))
        }
    }

    /// The words of each clause: what is denied in one is not denied in the next.
    private static func clauses(of text: String) -> [[String]] {
        text.split { ",;.!?:।\n—–".contains($0) }.flatMap { part in
            Words.texts(of: part).split { conjunctions.contains($0) }.map(Array.init)
        }
    }

    private static let conjunctions: Set<String> = ["but", "pero", "mais", "aber", "sondern", "sino", "लेकिन", "lekin"]

    /// Most clauses speak of nothing of the kind, and are looked at no further.
    private static func mentions(_ words: [String]) -> Bool {
        words.contains { nouns.contains($0) || openers.contains($0) }
    }

    /// Of orders that name nobody.
    private static let openers: Set<String> = ["escalate", "transfer", "put"]

    // MARK: - The four shapes

    private static func isShortCall(_ words: [String]) -> Bool {
        let rest = words.filter { !polite.contains($0) && (strongNouns.contains($0) || !fillers.contains($0)) }
        return !rest.isEmpty && words.count <= 5 && rest.allSatisfy(strongNouns.contains)
    }

    private static let orders = WordPatterns(
        """
        escalate this,escalate my,escalate it,please escalate,transfer me,put me through,real person|people,live agent,
        real human,actual human,human agent,human being please,human support,human help,agente humano,asesor humano,
        persona real,vrai humain,vraie personne,agent humain,conseiller humain,echten menschen,echter mensch
        """)

    private static func hasOrder(_ words: [String]) -> Bool {
        guard !words.contains(where: negations.contains), !words.starts(with: ["are", "you"]), !words.contains("eres"),
            !words.starts(with: ["is", "this"]), !words.starts(with: ["am", "i"]), !words.starts(with: ["i", "am"])
        else { return false }
        return orders.match(words)
    }

    private static func hasVerbThenHuman(_ words: [String]) -> Bool {
        words.indices.contains { place in
            guard nouns.contains(words[place]) else { return false }
            var start = place
            var isWished = false
            while start > 0 {
                start -= 1
                let word = words[start]
                if owners.contains(word) || words[start...].starts(with: ["rather", "than"]) || word == "instead" {
                    return false
                }
                if talkVerbs.contains(word) || (!weakNouns.contains(words[place]) && wantVerbs.contains(word)) {
                    isWished = true
                    break
                }
                // "Need someone" is a wish, "want somebody to fix my roof" is none.
                if wantVerbs.contains(word) {
                    isWished = place == words.count - 1 && place - start <= 2 && !desks.contains(words[place])
                    break
                }
                guard fillers.contains(word) || nouns.contains(word) else { return false }
            }
            return isWished && !isDenied(words, at: start) && !isAskedOfMe(words, at: start)
        }
    }

    private static let asked = WordPatterns(
        """
        human|person|someone|somebody|anyone|agent|representative|manager i|we can|could talk|speak|chat,
        human|person|someone|somebody|anyone|agent|representative|manager to talk|speak|chat,
        can|could a human|person|representative|manager|operator,
        can|could someone|somebody call|phone|contact me|us,
        can|could someone|somebody from,
        alguien con quien hablar,quelqu un a qui parler
        """)

    private static func hasHumanThenVerb(_ words: [String]) -> Bool {
        if asked.match(words), !isDenied(words, at: words.count) { return true }
        return words.indices.contains { place in
            guard nouns.contains(words[place]) else { return false }
            let next = words[(place + 1)...].prefix(3)
            guard let link = next.first, ["से", "se"].contains(link) else { return false }
            let isTalk = next.dropFirst().contains { ["बात", "बातचीत", "baat", "bat"].contains($0) }
            return isTalk && !words.contains { ["नहीं", "मत", "nahi", "nahin", "mat"].contains($0) }
        }
    }

    /// "Do I need an agent" asks and does not wish.
    private static func isAskedOfMe(_ words: [String], at place: Int) -> Bool {
        place >= 2 && wantVerbs.contains(words[place]) && ["do", "does", "should"].contains(words[place - 2])
    }

    /// Whether what begins at `place` is denied by one of the words before it.
    private static func isDenied(_ words: [String], at place: Int) -> Bool {
        let before = words[max(0, place - 5)..<place]
        return before.indices.contains { index in
            if negations.contains(words[index]) { return true }
            // "No, let me …" denies what was said before; "no need to …" what comes.
            guard words[index] == "no" || words[index] == "sin" || words[index] == "ohne" else { return false }
            return index + 1 >= words.count || !subjects.contains(words[index + 1])
        }
    }

    // MARK: - The words

    private static func set(_ text: String) -> Set<String> {
        Set(text.split { $0 == " " || $0 == "\n" }.map { Words.folded($0) })
    }

    private static let nouns = set(
        """
        human humans person people representative representatives rep operator agent agents manager supervisor
        team support service sales someone somebody anyone employee staff colleague advisor adviser attendant specialist
        humano humana persona agente operador operadora representante gerente encargado supervisor alguien asesor
        humain humaine personne conseiller conseillere operateur operatrice representant responsable quelqu
        mensch menschen mitarbeiter mitarbeiterin person berater beraterin vorgesetzten jemand jemandem jemanden
        इंसान व्यक्ति आदमी एजेंट मैनेजर प्रतिनिधि ऑपरेटर insaan insan aadmi
        """)
    private static let desks = set("team support service sales")
    /// So common that they are a wish only behind a verb of talking.
    private static let weakNouns = set(
        """
        team support service sales person people someone somebody anyone staff employee colleague specialist
        persona alguien personne quelqu jemand jemandem jemanden व्यक्ति आदमी aadmi attendant
        """)
    private static let strongNouns = nouns.subtracting(weakNouns)
    private static let talkVerbs = set(
        """
        speak talk chat connect transfer escalate reach redirect forward
        hablar comunicar comunicarme comuniqueme paseme pasame transferir transfierame contactar
        parler discuter joindre passer passez transferez transferer contacter
        sprechen reden verbinden durchstellen kontaktieren kann
        """)
    private static let wantVerbs = set(
        """
        want need get give prefer like request require demand call
        quiero necesito quisiera prefiero
        veux voudrais besoin prefere
        mochte will brauche gib geben
        """)
    private static let fillers = set(
        """
        a an the to me us with your some any real live actual human another of from somebody someone one i we speak talk
        directly now immediately just only through over in customer service support care sales billing technical member
        team department on phone line would rather please else
        con un una unos al a el la de del por favor real su servicio atencion cliente verdadera que sea
        avec un une le la au aux de du votre vrai vraie service client par s il vous plait moi
        mit einem einer einen eine ein dem der den zu echten echter richtigen bitte ich mir ihrem ihrer kundendienst vom
        """)
    private static let polite = set(
        """
        please now hello hi hey ok okay yes thanks sir madam favor por hola ahora s il vous plait te bitte hallo jetzt
        कृपया जी
        """)
    private static let owners = set(
        """
        my our his her their mi nuestro mon ma notre mein meine meinem unser travel estate insurance ticket booking
        """
    )
    private static let negations = set(
        """
        not dont doesnt didnt never without neednt wont nunca tampoco pas jamais sans nicht kein keine keinen keinem nie
        नहीं
        """
    )
    private static let subjects = set("i we let please just can give get me you yo je ich")
}
