import Contracts

/// How a conversation ended, as far as its words show.
struct Ending: Sendable, Equatable {
    let isEscalated: Bool
    let isAnswered: Bool
    /// Answers that said that the agent does not know.
    let unsureAnswers: Int
    let answers: Int
    /// The customer's last words are thanks, a goodbye or a yes.
    let endsWell: Bool
    /// The customer's last words complain, or say that it did not help.
    let endsBadly: Bool

    static func of(_ heard: HeardConversation) -> Ending {
        let answers = heard.agent
        let unsure = answers.filter(Phrases.saysUnknown).count
        let last = heard.customer.last ?? ""
        let intent = Intent.of(last)
        let words = Words.texts(of: last)
        return Ending(
            isEscalated: heard.isEscalated || heard.customer.contains(where: HumanWish.isIn),
            isAnswered: answers.count > unsure, unsureAnswers: unsure, answers: answers.count,
            endsWell: [.thanks, .goodbye, .agreement].contains(intent)
                || (thanks.match(words) && intent != .complaint),
            endsBadly: intent == .complaint || failures.match(words))
    }

    private static let thanks = WordPatterns("thank|thanks,gracias,merci,danke,धन्यवाद,शुक्रिया")
    private static let failures = WordPatterns(
        """
        didnt help,not helpful,doesnt help,useless,never mind,nevermind,forget it,still not,waste of time,no help,
        no me ayuda,inutil,ca n aide pas,hilft nicht,nutzlos,बेकार
        """)

    /// 500 where nothing is known; what speaks for and against it is added, within 0 to 1000.
    func qualityPermille(_ sentiment: Sentiment) -> Int {
        var quality = 500
        if isAnswered { quality += 200 }
        if answers > 0 { quality -= 400 * unsureAnswers / answers }
        if isEscalated { quality -= 250 }
        if endsWell { quality += 200 }
        if endsBadly { quality -= 250 }
        switch sentiment {
        case .positive: quality += 100
        case .neutral: break
        case .negative: quality -= 100
        }
        return min(max(0, quality), 1000)
    }

    var sentence: String {
        if isEscalated { return "A human was asked for." }
        if !isAnswered { return answers == 0 ? "Nobody answered." : "The agent did not know." }
        if endsBadly { return "The customer was not satisfied." }
        return endsWell ? "The customer was satisfied." : "The agent answered."
    }
}
