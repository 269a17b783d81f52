/// What a text is about: the families of its words that say something. Words that mean the same in questions to a
/// business count as one, and for half of what a word counts that says which thing is meant: "How much is a cleaning?" is
/// about cleaning first and prices second.
struct Topic: Sendable, Equatable {
    private let stems: Set<String>

    init(of text: some StringProtocol) {
        stems = Set(
            Words.texts(of: text).filter { !StopWords.contains($0) && !Self.fillers.contains($0) }.map { word in
                let stem = Stem.of(word)
                return Self.groups[stem] ?? stem
            })
    }

    var isEmpty: Bool { stems.isEmpty }

    /// Whether it says which thing is meant.
    var namesThing: Bool { stems.contains(where: Self.isThing) }

    /// The part of this topic that another text speaks of: 0–1.
    func coverage(by other: Topic) -> Double {
        let shared = stems.intersection(other.stems)
        // A thing that is not spoken of is not answered by what is said of another one.
        guard !shared.isEmpty, shared.contains(where: Self.isThing) || !stems.contains(where: Self.isThing) else {
            return 0
        }
        return Self.weight(shared) / Self.weight(stems)
    }

    func shares(with other: Topic) -> Bool { !stems.isDisjoint(with: other.stems) }

    private static func isThing(_ stem: String) -> Bool { !stem.hasPrefix("=") }
    private static func weight(_ stems: Set<String>) -> Double { stems.reduce(0) { $0 + (isThing($1) ? 1 : 0.5) } }

    /// What people put around what they ask.
    private static let fillers: Set<String> = [
        "time", "times", "day", "days", "today", "tomorrow", "clinic", "office", "shop", "store", "company", "business",
        "place", "offer", "offers", "offered", "provide", "sell", "accept", "take", "available", "allow", "allowed",
        "work", "works", "find", "guys", "hope", "hoping", "wonder", "wondered", "curious", "able", "look", "looking",
        "interested", "interest", "try", "trying", "question", "questions", "info", "information", "detail", "details",
        "currently", "normally", "usually", "exactly", "actually", "regarding", "concerning", "many", "often", "come",
        "kind", "type", "service", "services", "provided", "still", "anyway", "guess", "think", "believe", "understand",
        "speak", "explain", "learn", "somewhere", "anywhere", "long", "big", "new", "good", "nice", "lot",
    ]

    /// One line is one group.
    private static let groups: [String: String] = {
        let lines = """
            open opened opening hour hours close closed closing schedule
            price pricing cost charge fee rate tariff
            address location located directions
            phone telephone call number contact
            email mail
            pay payment paying
            book booking appointment reserve reservation schedule
            cancel cancellation
            refund reimburse reimbursement
            deliver delivery ship shipping shipment
            buy purchase order
            physician doctor
            dentist dental
            parking park
            warranty guarantee
            weekend saturday sunday
            weekday monday tuesday wednesday thursday friday
            abierto abren abre horario cierran cierra
            precio cuesta tarifa
            ouvert ouvrez horaires fermez ferme
            prix coute tarif
            geoffnet offen offnungszeiten schliesst
            preis kostet preise
            """
        var groups: [String: String] = [:]
        for line in lines.split(separator: "\n") {
            let stems = line.split(separator: " ").map { Stem.of(String($0)) }
            guard let name = stems.first else { continue }
            for stem in stems where groups[stem] == nil { groups[stem] = "=" + name }
        }
        return groups
    }()
}
