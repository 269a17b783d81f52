import TestSupport

/// Every answered message stands once in its conversation, in the order in which they were said, with the answer that was
/// given and no other one; ends and ratings are as they were last answered.
struct ConversationCheck {
    let ledger: Ledger
    let talks: [StoredTalk]
    let tenants: [Tenant]

    /// A customer's turn, where it stands.
    private struct Place {
        let talk: StoredTalk
        let turn: StoredTalk.Turn
    }

    func run(_ findings: inout Findings) {
        for talk in talks { checkForm(of: talk, &findings) }
        for tenant in tenants { checkMessages(of: tenant, &findings) }
        checkEndings(&findings)
        checkRatings(&findings)
    }

    private func checkForm(of talk: StoredTalk, _ findings: inout Findings) {
        let numbers = talk.turns.map(\.number)
        findings.require(
            numbers == Array(1..<numbers.count + 1) && talk.turnCount == numbers.count, .wrongContent,
            "conversation \(talk.id) counts \(talk.turnCount) turns and has \(numbers)")
        let lines = talk.transcript.split(separator: "\n")
        let isTold = zip(lines, talk.turns).allSatisfy { line, turn in
            line.hasSuffix("] \(turn.isAnswer ? "Agent" : "Customer"): \(turn.text)")
        }
        findings.require(
            lines.count == talk.turns.count && isTold, .wrongContent,
            "the transcript of \(talk.id) has other \(lines.count) lines than its \(talk.turns.count) turns")
        let answered = Dictionary(grouping: talk.turns.filter(\.isAnswer), by: \.messageID)
        let asked = Set(talk.turns.filter { !$0.isAnswer }.map(\.messageID))
        for (message, answers) in answered where answers.count > 1 || !asked.contains(message) {
            findings.add(.storedTwice, "message \(message) of \(talk.id) has \(answers.count) answers")
        }
        if talk.status.isEmpty, !talk.turns.isEmpty {
            findings.add(.answeredMissing, "conversation \(talk.id) has turns and no call")
        }
    }

    private func checkMessages(of tenant: Tenant, _ findings: inout Findings) {
        let theirs = talks.filter { $0.workspaceID == tenant.workspaceID }
        let places = theirs.flatMap { talk in talk.turns.filter { !$0.isAnswer }.map { Place(talk: talk, turn: $0) } }
        let byText = Dictionary(grouping: places, by: \.turn.text)
        let messages = ledger.of(.message).filter { $0.tenant == tenant.number }
        var last: [String: Int] = [:]
        for message in messages {
            let found = byText[message.body["message"].string ?? ""] ?? []
            if found.count > 1 { findings.add(.storedTwice, "\(message.name) was said \(found.count) times") }
            guard case .answered(let answer, _) = message.verdict else {
                if message.refusal != nil, !message.wasLostOnce, !found.isEmpty {
                    findings.add(.refusedHasEffect, "\(message.name) was refused and is stored")
                }
                continue
            }
            findings.checked()
            guard let place = found.first(where: { $0.talk.id == answer["conversation_id"].string }) else {
                findings.add(.answeredMissing, "\(message.name) was answered and does not stand in its conversation")
                continue
            }
            check(message, answer, place, after: last[place.talk.id] ?? 0, &findings)
            last[place.talk.id] = place.turn.number
        }
        let asked = Set(messages.compactMap { $0.body["message"].string })
        for text in byText.keys where !asked.contains(text) {
            findings.add(.unknownRow, "\"\(text)\" was never said")
        }
    }

    private func check(
        _ message: Ledger.Operation, _ answer: JSON, _ place: Place, after last: Int, _ findings: inout Findings
    ) {
        findings.require(
            place.turn.number > last, .wrongContent,
            "\(message.name) is turn \(place.turn.number) and was said after turn \(last)")
        let stored = place.talk.turns.first { $0.isAnswer && $0.messageID == place.turn.messageID }
        guard let stored else { return findings.add(.answeredMissing, "the answer to \(message.name) is not stored") }
        findings.require(
            stored.text == answer["response"].string && stored.number > place.turn.number, .wrongContent,
            "\(message.name) was answered \"\(answer["response"].string ?? "")\", stored is \"\(stored.text)\"")
    }

    private func checkEndings(_ findings: inout Findings) {
        let endings = Dictionary(grouping: ledger.of(.endConversation), by: \.conversation)
        for talk in talks where !talk.status.isEmpty {
            let ending = endings[talk.id]?.first
            let isRight: Bool
            switch ending?.verdict {
            case .answered?:
                findings.checked()
                isRight = talk.status == "completed" && talk.isClosed
            case .unanswered?, .refused?: isRight = talk.status == "connected" || talk.status == "completed"
            case nil: isRight = talk.status == "connected" && !talk.isClosed
            }
            findings.require(
                isRight, .wrongContent,
                "conversation \(talk.id) is \(talk.status), closed: \(talk.isClosed), after \(ending?.name ?? "no end")"
            )
        }
    }

    /// What was never answered may have happened, but not after what came later.
    private func checkRatings(_ findings: inout Findings) {
        let ratings = Dictionary(grouping: ledger.of(.rateConversation), by: \.conversation)
        for talk in talks {
            var possible: Set<Int?> = [nil]
            for rating in ratings[talk.id] ?? [] {
                switch rating.verdict {
                case .answered:
                    findings.checked()
                    possible = [rating.body["rating"].int]
                case .unanswered: possible.insert(rating.body["rating"].int)
                case .refused: break
                }
            }
            findings.require(
                possible.contains(talk.rating), .wrongContent,
                "conversation \(talk.id) is rated \(talk.rating ?? 0), not \(possible)")
        }
    }
}

extension Ledger.Operation {
    /// Whose end or rating this is.
    fileprivate var conversation: String { path.split(separator: "/").dropFirst().first.map(String.init) ?? "" }
}
