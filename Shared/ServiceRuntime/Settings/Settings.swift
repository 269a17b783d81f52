/// The checked values of a process's settings, read once at start.
package struct Settings: Sendable {
    let values: [String: any Sendable]
    /// Names that the environment or the file sets.
    let given: Set<String>
    /// Sentences to log once logging works: near misses, ignored keys.
    package let warnings: [String]

    /// - Precondition: the setting is in the catalogue that these settings were loaded with.
    package subscript<Value>(_ setting: Setting<Value>) -> Value {
        guard let value = values[setting.entry.name] as? Value else {
            preconditionFailure("\(setting.entry.name) is not in this process's catalogue")
        }
        return value
    }

    /// True when the environment or the file sets it, so that the value is not the default.
    package func isGiven<Value>(_ setting: Setting<Value>) -> Bool { given.contains(setting.entry.name) }
}
