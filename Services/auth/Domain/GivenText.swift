import Bus
import Contracts
import Foundation

/// Checks of short texts that people type.
enum GivenText {
    /// The text without spaces around it; nil when nothing is left.
    /// - Parameter field: in the words of the API, for the message.
    /// - Throws: `.inputInvalid` for control characters or more than `limit` characters.
    static func optional(_ input: String?, field: String, limit: Int) throws -> String? {
        guard let text = input?.trimmingCharacters(in: .whitespacesAndNewlines), !text.isEmpty else { return nil }
        guard text.unicodeScalars.count <= limit else {
            throw Fault(.inputInvalid, "\(field) must have at most \(limit) characters", field: field)
        }
        guard text.unicodeScalars.allSatisfy({ $0.properties.generalCategory != .control }) else {
            throw Fault(.inputInvalid, "\(field) must not have control characters", field: field)
        }
        return text
    }

    /// What a machine said about itself: never refused, cut to `limit` characters, without control characters.
    static func told(_ input: String, limit: Int) -> String {
        var text = String.UnicodeScalarView()
        text.append(
            contentsOf: input.unicodeScalars.lazy.filter { $0.properties.generalCategory != .control }.prefix(limit))
        return String(text)
    }
}

extension ClientOrigin {
    /// In the bounds of what is stored.
    var bounded: ClientOrigin {
        ClientOrigin(
            address: GivenText.told(address, limit: 64), userAgent: GivenText.told(userAgent, limit: 255))
    }
}
