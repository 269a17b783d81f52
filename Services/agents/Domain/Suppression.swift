import Bus
import Contracts

/// The rules of a suppression.
struct Suppression: Sendable, Equatable {
    static let longestReason = 500

    var record: SuppressionRecord
    /// `PhoneNumber.normalised` of the record's phone number.
    var normalisedPhone: String

    /// - Throws: `.inputInvalid`.
    static func made(
        by request: CreateSuppression, id: SuppressionID, createdBy person: PersonID?, at now: Timestamp
    ) throws(Fault) -> Suppression {
        let given = try GivenText.checked(request.phoneNumber, "phone_number", longest: 64)
        guard let number = PhoneNumber(given) else {
            throw Fault(
                .inputInvalid, "phone_number must be a phone number of 3 to 15 digits, such as +1-555-0100",
                field: "phone_number")
        }
        let reason = try GivenText.checked(request.reason, "reason", longest: longestReason)
        return Suppression(
            record: SuppressionRecord(
                id: id, phoneNumber: number.given, reason: reason, createdBy: person, createdAt: now),
            normalisedPhone: number.normalised)
    }
}
