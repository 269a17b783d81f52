import Contracts

/// What is to be answered, with everything that is known of it.
struct AnswerQuestion: Sendable {
    /// Characters of one message that count.
    static let mostCharacters = 8000
    static let mostTurns = 20

    let agent: AgentRecord
    let company: CompanyProfile?
    let text: String
    /// Oldest first.
    let history: [Turn]
    let intent: Intent

    init(agent: AgentRecord, company: CompanyProfile?, text: String, history: [Turn]) {
        self.agent = agent
        self.company = company
        self.text = String(text.prefix(Self.mostCharacters))
        self.history = history.suffix(Self.mostTurns)
        intent = Intent.of(self.text)
    }

    var phrases: Phrases { Phrases.inLanguage(agent.setup.language) }

    /// What knowledge is searched for. A message that says little by itself ("And on Sundays?") goes on with what its
    /// sender said before.
    var searchText: String {
        let own = Words.texts(of: text).filter { !StopWords.contains($0) }
        guard own.count <= 2, let before = history.last(where: { $0.speaker == .customer })?.text else { return text }
        return String(before.prefix(Self.mostCharacters / 2)) + "\n" + text
    }
}
