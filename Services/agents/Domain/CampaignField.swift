import Bus
import Contracts

/// The fields of a campaign, by their names in the contract, and what may stand in them.
enum CampaignField: String {
    case name
    case description
    case callerID = "caller_id"

    /// In Unicode scalars, which PostgreSQL counts as characters.
    var longest: Int {
        switch self {
        case .name: 200
        case .description: 4000
        case .callerID: 64
        }
    }

    /// The text, trimmed.
    /// - Throws: `.inputInvalid`.
    func checked(_ text: String) throws(Fault) -> String {
        try GivenText.checked(text, rawValue, longest: longest)
    }

    /// The text, trimmed and not empty.
    /// - Throws: `.inputInvalid`.
    func required(_ text: String) throws(Fault) -> String {
        let text = try checked(text)
        guard !text.isEmpty else {
            throw Fault(.inputInvalid, "\(rawValue) must have 1 to \(longest) characters", field: rawValue)
        }
        return text
    }

    /// - Throws: `.inputInvalid`.
    static func number(_ number: Int, in range: ClosedRange<Int>, _ field: String) throws(Fault) -> Int {
        guard range.contains(number) else {
            throw Fault(
                .inputInvalid, "\(field) must be from \(range.lowerBound) to \(range.upperBound)", field: field)
        }
        return number
    }

    /// A moment from 1970 to 9999, which everything here can hold.
    /// - Throws: `.inputInvalid`.
    static func moment(_ moment: Timestamp, _ field: String) throws(Fault) -> Timestamp {
        guard (0..<253_402_300_800_000_000).contains(moment.microseconds) else {
            throw Fault(.inputInvalid, "\(field) must lie in the years 1970 to 9999", field: field)
        }
        return moment
    }
}
