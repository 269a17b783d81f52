/// A type that can be read from the text of an environment variable.
package protocol SettingValue: Sendable {
    /// One word for lists of settings, such as `integer`.
    static var typeName: String { get }
    /// What a text must look like; completes the sentence "allowed is …".
    static var allowedText: String { get }
    /// The value of a setting that is absent and declares no default; nil makes such a setting required.
    static var absent: Self? { get }
    /// Nil when the text is not a value of this type. The text is never empty: an empty variable counts as absent.
    init?(settingText: String)
    /// The text from which `init?(settingText:)` reads this value again; empty for "none".
    var settingText: String { get }
}

extension SettingValue {
    package static var absent: Self? { nil }
}

/// An enumeration whose raw values are the allowed texts, compared without regard to case.
package protocol SettingChoice: SettingValue, CaseIterable, RawRepresentable where RawValue == String {}

extension SettingChoice {
    package static var typeName: String { "choice" }
    package static var allowedText: String { "one of " + allCases.map(\.rawValue).joined(separator: ", ") }

    package init?(settingText: String) {
        guard let match = Self.allCases.first(where: { $0.rawValue.lowercased() == settingText.lowercased() }) else {
            return nil
        }
        self = match
    }

    package var settingText: String { rawValue }
}

extension Int: SettingValue {
    package static var typeName: String { "integer" }
    package static var allowedText: String { "a whole number" }
    package init?(settingText: String) { self.init(settingText) }
    package var settingText: String { String(self) }
}

extension Double: SettingValue {
    package static var typeName: String { "number" }
    package static var allowedText: String { "a number" }

    package init?(settingText: String) {
        guard let number = Double(settingText), number.isFinite else { return nil }
        self = number
    }

    package var settingText: String { String(self) }
}

extension Bool: SettingValue {
    package static var typeName: String { "boolean" }
    package static var allowedText: String { "true or false" }

    package init?(settingText: String) {
        switch settingText.lowercased() {
        case "true", "yes", "on", "1": self = true
        case "false", "no", "off", "0": self = false
        default: return nil
        }
    }

    package var settingText: String { self ? "true" : "false" }
}

extension String: SettingValue {
    package static var typeName: String { "text" }
    package static var allowedText: String { "a text" }
    package init?(settingText: String) { self = settingText }
    package var settingText: String { self }
}

/// A setting that may be absent: `Setting<String?>`.
extension Optional: SettingValue where Wrapped: SettingValue {
    package static var typeName: String { Wrapped.typeName }
    package static var allowedText: String { Wrapped.allowedText }
    package static var absent: Wrapped?? { .some(.none) }

    package init?(settingText: String) {
        guard let wrapped = Wrapped(settingText: settingText) else { return nil }
        self = .some(wrapped)
    }

    package var settingText: String { self?.settingText ?? "" }
}
