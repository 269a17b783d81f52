import Foundation
import TestSupport

/// What must hold for one call that was asked for.
struct CallClaim: Sendable {
    enum Standing: Sendable, Equatable {
        /// It was answered: there is exactly one row, with this id.
        case stored(id: String, createdAt: String?)
        /// It was refused: there is none.
        case absent
        /// Nobody said: there is one at most.
        case atMostOnce
    }

    /// The caller's name, which marks the row.
    let mark: String
    let tenant: Int
    let body: JSON
    let standing: Standing

    var clientID: String { body["client_id"].string ?? "" }

    var measures: CallMeasures {
        CallMeasures(
            durationMS: Int(((body["duration_seconds"].double ?? 0) * 1000).rounded()),
            isSuccess: body["success"].bool ?? true, sentiment: body["sentiment"].string?.lowercased() ?? "neutral",
            latencyMicros: Totals.components.map { component in
                body["\(component)_latency_ms"].double.map { Int($0 * 1000) }
            })
    }
}

extension Ledger {
    /// Every call of every request, single and in batches, by its mark.
    func callClaims() -> [String: CallClaim] {
        var claims: [String: CallClaim] = [:]
        for operation in of(.call, .badCall, .reuse) {
            claims[operation.body["caller_name"].string ?? ""] = operation.callClaim
        }
        for operation in of(.batch) {
            for (index, item) in (operation.body.array ?? []).enumerated() {
                let mark = item["caller_name"].string ?? ""
                claims[mark] = CallClaim(
                    mark: mark, tenant: operation.tenant, body: item,
                    standing: operation.standing(ofItem: index))
            }
        }
        return claims
    }
}

extension Ledger.Operation {
    fileprivate var callClaim: CallClaim {
        let standing: CallClaim.Standing
        switch (kind, verdict) {
        case (.call, .answered(let answer, _)):
            standing = .stored(
                id: answer["call"]["id"].string ?? "", createdAt: answer["call"]["created_at"].string)
        case (.call, .unanswered): standing = .atMostOnce
        case (.call, .refused): standing = wasLostOnce ? .atMostOnce : .absent
        default: standing = .absent
        }
        return CallClaim(mark: body["caller_name"].string ?? "", tenant: tenant, body: body, standing: standing)
    }

    fileprivate func standing(ofItem index: Int) -> CallClaim.Standing {
        switch verdict {
        case .unanswered: return .atMostOnce
        case .refused: return wasLostOnce ? .atMostOnce : .absent
        case .answered(let answer, _):
            let result = answer["results"][index]
            guard let status = result["status"].string, status != "refused" else { return .absent }
            return .stored(id: result["id"].string ?? "", createdAt: nil)
        }
    }
}
