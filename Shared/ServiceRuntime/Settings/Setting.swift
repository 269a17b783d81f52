/// One key of the configuration, declared as a value by the component that reads it:
/// `static let port = Setting(name: "API_PORT", default: 8000, range: 1...65535, summary: "where the gateway listens")`.
///
/// Without a default the setting is required, unless its type is an optional.
package struct Setting<Value: SettingValue>: SettingDeclaration {
    package let entry: SettingEntry
    /// What `settings[…]` gives when neither the environment nor the file has the key.
    package let defaultValue: Value?
    let publishedValues: Set<String>
    private let accepts: @Sendable (Value) -> Bool

    /// - Parameters:
    ///   - name: the environment variable: capitals, digits and underscores.
    ///   - unit: what a number counts, in the plural (`seconds`), unless the name says it.
    ///   - summary: what it is for, in a few words.
    ///   - secret: true hides the value wherever a setting is printed; a `Secret` is always hidden.
    ///   - defaultNote: what happens when an optional setting is absent ("made at first start").
    ///   - allowed: what `accepts` accepts, completing "allowed is …".
    ///   - publishedValues: values that everybody knows, such as those of a template; like a default of a secret they
    ///     are refused unless `STACK` is `one-machine`.
    ///   - accepts: false refuses the value.
    package init(
        name: String, default defaultValue: Value? = nil, unit: String? = nil, summary: String, secret: Bool = false,
        defaultNote: String? = nil, allowed: String? = nil, publishedValues: [String] = [],
        accepts: @escaping @Sendable (Value) -> Bool = { _ in true }
    ) {
        precondition(isSettingName(name), "\(name) is no name for a setting")
        let isSecret = secret || Value.self == Secret.self || Value.self == Secret?.self
        let fallback = defaultValue ?? Value.absent
        let fallbackText = fallback?.settingText ?? ""
        precondition(
            defaultValue.map { $0.settingText.isEmpty || accepts($0) } ?? true, "\(name) does not allow its default")
        self.defaultValue = fallback
        self.accepts = accepts
        self.publishedValues = Set(publishedValues + (isSecret && !fallbackText.isEmpty ? [fallbackText] : []))
        self.entry = SettingEntry(
            name: name, type: Value.typeName, defaultText: fallbackText, isRequired: fallback == nil,
            allowed: allowed ?? Value.allowedText, unit: unit, summary: summary, isSecret: isSecret,
            defaultNote: defaultNote)
    }

    /// A setting whose value must lie in `range`, bounds included.
    package init(
        name: String, default defaultValue: Value? = nil, range: ClosedRange<Value>, unit: String? = nil,
        summary: String, secret: Bool = false, defaultNote: String? = nil
    ) where Value: Comparable {
        self.init(
            name: name, default: defaultValue, unit: unit, summary: summary, secret: secret, defaultNote: defaultNote,
            allowed: rangeText(range), accepts: { range.contains($0) })
    }

    /// An optional setting whose value, when there is one, must lie in `range`, bounds included.
    package init<Wrapped: SettingValue & Comparable>(
        name: String, default defaultValue: Value? = nil, range: ClosedRange<Wrapped>, unit: String? = nil,
        summary: String, secret: Bool = false, defaultNote: String? = nil
    ) where Value == Wrapped? {
        self.init(
            name: name, default: defaultValue, unit: unit, summary: summary, secret: secret, defaultNote: defaultNote,
            allowed: rangeText(range), accepts: { $0.map(range.contains) ?? true })
    }

    func value(of text: String) -> (any Sendable)? {
        guard let value = Value(settingText: text), accepts(value) else { return nil }
        return value
    }

    var defaultAsAny: (any Sendable)? { defaultValue }
}

/// A setting of any type, as a catalogue holds it; `Setting` is the only kind.
package protocol SettingDeclaration: Sendable {
    /// What the declaration says, without its type.
    var entry: SettingEntry { get }
}

/// What the catalogue does with a declaration.
protocol ReadableSetting: SettingDeclaration {
    var publishedValues: Set<String> { get }
    var defaultAsAny: (any Sendable)? { get }
    /// Nil when the text is not allowed.
    func value(of text: String) -> (any Sendable)?
}

extension Setting: ReadableSetting {}

/// What a declared setting says about itself.
package struct SettingEntry: Sendable, Hashable {
    /// The environment variable.
    package let name: String
    /// One word or two, such as `integer` or `list of text`.
    package let type: String
    /// Empty when there is none.
    package let defaultText: String
    /// True when the process does not start without it.
    package let isRequired: Bool
    /// Completes "allowed is …".
    package let allowed: String
    /// What a number counts, in the plural.
    package let unit: String?
    /// What it is for.
    package let summary: String
    /// True when its value is never printed.
    package let isSecret: Bool
    /// What happens without it, when no default text can say that.
    package let defaultNote: String?
}

/// Capitals, digits and underscores, beginning with a capital.
func isSettingName(_ name: String) -> Bool {
    guard let first = name.utf8.first, (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(first) else { return false }
    return name.utf8.allSatisfy {
        (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0)
            || $0 == UInt8(ascii: "_")
    }
}

private func rangeText<Value: SettingValue>(_ range: ClosedRange<Value>) -> String {
    "\(Value.allowedText) from \(range.lowerBound.settingText) to \(range.upperBound.settingText)"
}
