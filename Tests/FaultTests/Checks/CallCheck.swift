import TestSupport

/// Every answered call is there once, as it was asked; every refused one is not; every unanswered one once at most.
struct CallCheck {
    let claims: [String: CallClaim]
    let rows: [StoredCall]
    let tenants: [Tenant]

    func run(_ findings: inout Findings) {
        let byMark = Dictionary(grouping: rows, by: \.mark)
        for claim in claims.values { check(claim, byMark[claim.mark] ?? [], &findings) }
        for row in rows where claims[row.mark] == nil {
            findings.add(.unknownRow, "call \(row.id) of \"\(row.mark)\" was never asked for")
        }
    }

    private func check(_ claim: CallClaim, _ rows: [StoredCall], _ findings: inout Findings) {
        switch claim.standing {
        case .stored(let id, _):
            findings.checked()
            guard rows.contains(where: { $0.id == id }) else {
                return findings.add(
                    .answeredMissing, "call \(id) (\(claim.mark)) was answered, found \(rows.map(\.id))")
            }
            if rows.count > 1 { findings.add(.storedTwice, "\(claim.mark) is stored as \(rows.map(\.id))") }
            if let given = claim.body["id"].string, given != id {
                findings.add(.wrongContent, "\(claim.mark) was asked as \(given) and answered as \(id)")
            }
        case .absent:
            findings.checked()
            if !rows.isEmpty { findings.add(.refusedHasEffect, "\(claim.mark) was refused and is stored") }
        case .atMostOnce:
            if rows.count > 1 { findings.add(.storedTwice, "\(claim.mark), unanswered, is stored \(rows.count) times") }
        }
        for row in rows where claim.standing != .absent { compare(claim, row, &findings) }
    }

    private func compare(_ claim: CallClaim, _ row: StoredCall, _ findings: inout Findings) {
        let isSame =
            row.measures == claim.measures && row.clientID == claim.clientID
            && row.workspaceID == tenants[claim.tenant].workspaceID
        if !isSame { findings.add(.wrongContent, "call \(row.id) (\(claim.mark)) is not stored as it was asked") }
    }
}

/// Answers that an operation must not get, whatever fails: the promise leaves 2xx, 409, 422, 429 and 503.
struct AnswerCheck {
    let ledger: Ledger

    func run(_ findings: inout Findings) {
        for (status, count) in ledger.statuses where ![200, 201, 204, 400, 401, 404, 409, 422, 503].contains(status) {
            findings.add(.wrongAnswer, "\(count) answers with status \(status)")
        }
        let firsts = Dictionary(
            ledger.of(.call, .message).compactMap { first in first.key.map { ($0, first) } },
            uniquingKeysWith: { first, _ in first })
        for operation in ledger.operations { check(operation, firsts, &findings) }
    }

    private func check(
        _ operation: Ledger.Operation, _ firsts: [String: Ledger.Operation], _ findings: inout Findings
    ) {
        let what = "\(operation.kind.rawValue) \(operation.name)"
        switch operation.kind {
        case .badCall:
            if operation.isAnswered { findings.add(.wrongAnswer, "\(what) was taken") }
        case .reuse:
            let isRight = operation.refusal == 422 || !operation.isAnswered && operation.refusal == nil
            findings.require(isRight, .wrongAnswer, "\(what) got \(operation.verdict)")
        case .replay, .replayMessage:
            guard case .answered(let answer, let isReplayed) = operation.verdict else {
                return refused(operation, &findings)
            }
            let first = operation.key.flatMap { firsts[$0]?.answer }
            let isSame = operation.kind == .replay ? answer["call"] == first?["call"] : answer == first
            findings.checked()
            findings.require(
                isReplayed && isSame, .wrongAnswer,
                "\(what): replayed \(isReplayed), \(answer) after \(first ?? .null)")
        case .deleteClient, .deleteKey, .logOut, .deleteCall:
            if !operation.wasLostOnce { refused(operation, &findings) }
        case .call, .batch, .readCall, .dashboard, .createClient, .updateClient, .logIn, .createKey, .recordCall,
            .changeCall, .message, .endConversation, .rateConversation, .addDocument, .makeAgent, .setUpAgent,
            .deployAgent:
            refused(operation, &findings)
        }
    }

    /// Nothing was wrong with it.
    private func refused(_ operation: Ledger.Operation, _ findings: inout Findings) {
        guard case .refused(let status, let answer) = operation.verdict else { return }
        findings.add(.wrongAnswer, "\(operation.kind.rawValue) \(operation.name) got \(status): \(answer)")
    }
}
