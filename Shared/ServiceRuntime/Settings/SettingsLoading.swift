import Configuration

extension SettingsCatalogue {
    /// Reads and checks every setting; the environment wins over the file, and an empty value counts as absent.
    /// - Throws: `SettingsError` with a sentence for each unknown or wrong value.
    package func load(environment: [String: String], file: EnvFile? = nil) throws -> Settings {
        let environment = environment.filter { !$0.value.isEmpty }
        let assignments = file?.assignments.mapValues(\.value).filter { !$0.value.isEmpty } ?? [:]
        let reader = ConfigReader(providers: [
            EnvironmentVariablesProvider(environmentVariables: environment),
            EnvironmentVariablesProvider(environmentVariables: assignments),
        ])
        var (values, given): ([String: any Sendable], Set<String>) = ([:], [])
        var problems = (file?.problems ?? []) + unknownKeys(of: file)
        var publishedSecrets: [String] = []
        for (name, setting) in settings.sorted(by: { $0.key < $1.key }) {
            let text = reader.string(forKey: ConfigKey(name), isSecret: setting.entry.isSecret)
            let origin = environment[name] == nil ? place(of: name, in: file) : "in the environment"
            if text != nil { given.insert(name) }
            guard let value = text.map({ setting.value(of: $0) }) ?? setting.defaultAsAny else {
                problems.append(problem(of: setting.entry, text: text, origin: origin))
                continue
            }
            if setting.publishedValues.contains(text ?? setting.entry.defaultText) { publishedSecrets.append(name) }
            values[name] = value
        }
        if values[RuntimeSettings.stack.entry.name] as? Stack != .oneMachine {
            problems += publishedSecrets.map(publishedSecretProblem)
        }
        guard problems.isEmpty else { throw SettingsError(problems: problems) }
        return Settings(
            values: values, given: given, warnings: warnings(environment: environment, file: file))
    }

    private func place(of name: String, in file: EnvFile?) -> String? {
        file.flatMap { file in file.assignments[name].map { "in \(file.name) line \($0.line)" } }
    }

    private func problem(of entry: SettingEntry, text: String?, origin: String?) -> String {
        let unit = entry.unit.map { ", counted in \($0)" } ?? ""
        guard let text else {
            return "\(entry.name) is not set; it must be \(entry.allowed)\(unit): \(entry.summary)."
        }
        let shown = entry.isSecret ? "a value (not shown)" : shownValue(text)
        let place = origin.map { " \($0)" } ?? ""
        return "\(entry.name) is \(shown)\(place); allowed is \(entry.allowed)\(unit)."
    }

    private func publishedSecretProblem(_ name: String) -> String {
        "\(name) has a default value that everybody knows, which only STACK=one-machine may use; "
            + "set a value of your own."
    }

    private func unknownKeys(of file: EnvFile?) -> [String] {
        guard let file else { return [] }
        return file.assignments.sorted { $0.value.line < $1.value.line }
            .filter { !isKnown($0.key) && !StackSettingNames.isIgnored($0.key) }
            .map { key, assignment in
                let hint = nearMiss(of: key, within: 2).map { "; is \($0) meant?" } ?? "."
                return "\(file.name) line \(assignment.line) sets \(key), which is not a setting" + hint
            }
    }

    private func warnings(environment: [String: String], file: EnvFile?) -> [String] {
        var warnings = file?.warnings ?? []
        let ignored = Set(environment.keys).union(file?.assignments.keys.map { $0 } ?? [])
            .filter(StackSettingNames.isIgnored).sorted()
        if !ignored.isEmpty {
            warnings.append("Ignored, since no MongoDB is used: \(ignored.joined(separator: ", ")).")
        }
        for name in environment.keys.sorted() where !isKnown(name) {
            guard let meant = nearMiss(of: name, within: 1) else { continue }
            warnings.append("The environment sets \(name), which is not a setting; is \(meant) meant?")
        }
        return warnings
    }
}

/// The value in quotes, its control characters escaped, cut at 100 characters, without what may be a password.
private func shownValue(_ text: String) -> String {
    let safe = withoutPassword(text)
    return JSONText.quoted(safe.count > 100 ? safe.prefix(100) + "…" : safe)
}

/// The text with `***` for all between `://` and the last `@`: it may not be an address in good order.
private func withoutPassword(_ text: String) -> String {
    guard let start = text.firstRange(of: "://")?.upperBound, let end = text[start...].lastIndex(of: "@") else {
        return text
    }
    return text[..<start] + "***" + text[end...]
}
