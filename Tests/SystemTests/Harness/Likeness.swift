import Contracts
import Foundation
import TestSupport

/// Compares an answer with one that a document prints.
///
/// Ids, moments and tokens of the document stand for any; every member that it prints must be there. Other members may
/// be there too: the published description says which.
enum Likeness {
    /// - Parameter withValues: false compares names and types alone, where the printed values are of another day.
    static func problems(of answer: JSON, like printed: JSON, withValues: Bool = true, at place: String = "$")
        -> [String]
    {
        switch (answer, printed) {
        case (.object(let members), .object(let expected)):
            return expected.sorted { $0.key < $1.key }.flatMap { name, value -> [String] in
                guard let member = members[name] else { return ["\(place) lacks \(name)"] }
                return problems(of: member, like: value, withValues: withValues, at: "\(place).\(name)")
            }
        case (.array(let elements), .array(let expected)):
            guard withValues else {
                guard let first = elements.first else { return ["\(place) is empty"] }
                return problems(of: first, like: expected[0], withValues: false, at: "\(place)[0]")
            }
            guard elements.count == expected.count else {
                return ["\(place) has \(elements.count) elements, not \(expected.count)"]
            }
            return zip(elements, expected).enumerated().flatMap {
                problems(of: $1.0, like: $1.1, at: "\(place)[\($0)]")
            }
        case (.string(let text), .string(let expected)):
            if let kind = kind(of: expected) { return kind(text) ? [] : ["\(place) is \(text), not like \(expected)"] }
            return !withValues || text == expected ? [] : ["\(place) is \(text), not \(expected)"]
        case (.number, .number), (.bool, .bool):
            return !withValues || answer == printed ? [] : ["\(place) is \(answer), not \(printed)"]
        default:
            return answer == printed ? [] : ["\(place) is \(answer), not like \(printed)"]
        }
    }

    /// What a text of a document stands for; nil for one that means itself.
    private static func kind(of printed: String) -> ((String) -> Bool)? {
        let isID = UUID(uuidString: printed) != nil || printed.hasSuffix("-uuid")
        if isID { return { UUID(uuidString: $0) != nil && $0 == $0.lowercased() } }
        if printed.hasPrefix("eyJ") { return { $0.hasPrefix("eyJ") && $0.split(separator: ".").count == 3 } }
        if printed.count == 10, CalendarDay(text: printed) != nil { return { CalendarDay(text: $0) != nil } }
        if Timestamp(text: printed) != nil {
            return { text in
                guard let moment = Timestamp(text: text), text.hasSuffix("Z") else { return false }
                return abs(moment.microseconds - Timestamp.now().microseconds) < 120_000_000
            }
        }
        return nil
    }
}
