/// Every setting that one process reads: what its components declare, and what `RuntimeSettings` adds to each process.
package struct SettingsCatalogue: Sendable {
    let settings: [String: any ReadableSetting]
    /// Names that other processes of the stack read: they may stand in the `.env` file that all share.
    let declaredElsewhere: Set<String>

    /// - Precondition: two declarations of one name say the same.
    package init(
        _ declarations: [any SettingDeclaration], declaredElsewhere: Set<String> = StackSettingNames.all
    ) {
        var settings: [String: any ReadableSetting] = [:]
        for declaration in RuntimeSettings.all + declarations {
            guard let setting = declaration as? any ReadableSetting else {
                preconditionFailure("\(declaration.entry.name) is not a Setting")
            }
            let name = setting.entry.name
            precondition(settings[name].map { $0.entry == setting.entry } ?? true, "\(name) is declared in two ways")
            settings[name] = setting
        }
        self.settings = settings
        self.declaredElsewhere = declaredElsewhere
    }

    /// What the process declares, by name in alphabetical order.
    package var entries: [SettingEntry] {
        settings.values.map(\.entry).sorted { $0.name < $1.name }
    }

    func isKnown(_ name: String) -> Bool {
        settings[name] != nil || declaredElsewhere.contains(name)
    }

    /// A known name that `name` could be meant for: the nearest one at most `distance` edits away.
    func nearMiss(of name: String, within distance: Int) -> String? {
        guard name.utf8.count >= 4, name.utf8.count <= 80 else { return nil }
        let capitals = name.uppercased()
        let candidates = settings.keys.map { $0 } + declaredElsewhere
        return candidates.map { (name: $0, edits: editDistance(capitals, $0, atMost: distance)) }
            .filter { $0.edits <= distance }
            .min { ($0.edits, $0.name) < ($1.edits, $1.name) }?
            .name
    }
}

/// Insertions, deletions, replacements and swaps of neighbours that turn one name into the other; `limit + 1` when
/// there are more than `limit`.
func editDistance(_ left: String, _ right: String, atMost limit: Int) -> Int {
    let (a, b) = (Array(left.utf8), Array(right.utf8))
    guard abs(a.count - b.count) <= limit else { return limit + 1 }
    var beforePrevious: [Int] = []
    var previous = Array(0...b.count)
    for i in a.indices {
        var current = [i + 1]
        for j in b.indices {
            var cost = min(previous[j + 1] + 1, current[j] + 1, previous[j] + (a[i] == b[j] ? 0 : 1))
            if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] { cost = min(cost, beforePrevious[j - 1] + 1) }
            current.append(cost)
        }
        beforePrevious = previous
        previous = current
    }
    return min(previous[b.count], limit + 1)
}
