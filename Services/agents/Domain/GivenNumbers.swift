import Bus
import Contracts

/// Texts read as phone numbers: each number once, in the order in which it was given first.
struct GivenNumbers {
    /// What a campaign is made with at most.
    static let mostAtOnce = 100_000
    private static let mostRejected = 1000
    /// In characters; as the table has it.
    private static let longest = 64

    private(set) var numbers: [PhoneNumber] = []
    /// Texts that named a number again.
    private(set) var duplicates = 0
    private(set) var rejected: [AddedNumbers.Rejected] = []
    private(set) var rejectedCount = 0
    private var known: Set<String> = []

    /// Leaves out what is no phone number, and keeps account of it.
    init(sorting given: [GivenNumber]) {
        known.reserveCapacity(given.count)
        numbers.reserveCapacity(given.count)
        for entry in given {
            if let number = Self.number(entry.text) {
                add(number)
            } else {
                reject(entry)
            }
        }
    }

    /// - Throws: `.inputInvalid` naming the place of the first that is no phone number.
    init(_ texts: [String]) throws(Fault) {
        guard texts.count <= Self.mostAtOnce else {
            throw Fault(
                .inputInvalid, "phone_numbers must have at most \(Self.mostAtOnce) entries", field: "phone_numbers")
        }
        known.reserveCapacity(texts.count)
        numbers.reserveCapacity(texts.count)
        for (index, text) in texts.enumerated() {
            guard let number = Self.number(text) else {
                throw Fault(
                    .inputInvalid, "phone_numbers[\(index)] must be a phone number of 3 to 15 digits",
                    field: "phone_numbers[\(index)]")
            }
            add(number)
        }
    }

    private static func number(_ text: String) -> PhoneNumber? {
        guard let number = PhoneNumber(text), number.given.unicodeScalars.count <= longest else { return nil }
        return number
    }

    private mutating func add(_ number: PhoneNumber) {
        if known.insert(number.normalised).inserted {
            numbers.append(number)
        } else {
            duplicates += 1
        }
    }

    private mutating func reject(_ entry: GivenNumber) {
        rejectedCount += 1
        guard rejected.count < Self.mostRejected else { return }
        let value = String(String.UnicodeScalarView(entry.text.unicodeScalars.lazy.filter { $0 != "\0" }.prefix(64)))
        rejected.append(
            .init(line: entry.line, value: value, error: "must be a phone number of 3 to 15 digits"))
    }
}
