/// Why a process does not start: one sentence for each wrong or unknown setting.
package struct SettingsError: Error, Equatable, CustomStringConvertible {
    /// At least one sentence; no secret value is in any.
    package let problems: [String]

    package init(problems: [String]) { self.problems = problems }

    package var description: String { problems.joined(separator: " ") }
}
