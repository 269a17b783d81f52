import Bus
import Contracts

/// The texts of a client, by their names in the contract, and what may stand in them.
enum ClientField: String {
    case name
    case phoneNumber = "phone_number"
    case profession
    case voiceName = "voice_name"
    case voiceID = "voice_id"
    case systemPrompt = "system_prompt"

    /// In Unicode scalars, which PostgreSQL counts as characters.
    var longest: Int {
        switch self {
        case .name, .profession: 200
        case .phoneNumber: 64
        case .voiceName, .voiceID: 100
        case .systemPrompt: 32_000
        }
    }

    /// The text, trimmed.
    /// - Throws: `.clientIncomplete` for a blank one, `.inputInvalid`.
    func required(_ text: String) throws(Fault) -> String {
        guard let text = try optional(text) else { throw Fault(.clientIncomplete, field: rawValue) }
        return text
    }

    /// The text, trimmed; nil for a blank one.
    /// - Throws: `.inputInvalid`.
    func optional(_ text: String?) throws(Fault) -> String? {
        guard let text = try text.map({ text throws(Fault) in try GivenText.checked(text, rawValue, longest: longest) })
        else { return nil }
        return text.isEmpty ? nil : text
    }

    /// - Throws: `.clientIncomplete` for a blank text, `.inputInvalid` for one that is no phone number.
    func phoneNumber(_ text: String) throws(Fault) -> PhoneNumber {
        guard let number = PhoneNumber(try required(text)) else {
            throw Fault(
                .inputInvalid, "\(rawValue) must be a phone number of 3 to 15 digits, such as +1-555-0100",
                field: rawValue)
        }
        return number
    }
}
