/// What a text is about: the families of its words that say something. Words that mean the same in questions to a
/// business count as one.
struct Topic: Sendable, Equatable {
    private let stems: Set<String>

    init(of text: some StringProtocol) {
        stems = Set(
            Words.texts(of: text).filter { !StopWords.contains($0) }.map { word in
                let stem = Stem.of(word)
                return Self.groups[stem] ?? stem
            })
    }

    var isEmpty: Bool { stems.isEmpty }

    /// The part of this topic that another text speaks of: 0–1.
    func coverage(by other: Topic) -> Double {
        guard !stems.isEmpty else { return 0 }
        return Double(stems.intersection(other.stems).count) / Double(stems.count)
    }

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
