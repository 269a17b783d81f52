import Logging

extension Database {
    /// Reads the settings on which "acknowledged means durable" rests, as this role's sessions have them.
    /// - Throws: `.other` with a sentence for each setting that breaks the promise.
    package func verifyDurability() async throws(DatabaseError) {
        let rows = try await query(
            "SELECT name, setting FROM pg_settings WHERE name = ANY(\(DurabilitySettings.names))", access: .readOnly)
        var values: [String: String] = [:]
        for row in rows {
            let (name, value) = try row.decode((String, String).self)
            values[name] = value
        }
        let settings = DurabilitySettings(values: values)
        let broken = settings.brokenPromises
        guard broken.isEmpty else { throw DatabaseError(.other, broken.joined(separator: " ")) }
        logDurability(settings)
    }
}

/// PostgreSQL's settings that decide whether a commit survives.
struct DurabilitySettings {
    static let names = [
        "fsync", "full_page_writes", "synchronous_commit", "synchronous_standby_names", "data_checksums",
    ]

    let values: [String: String]

    var brokenPromises: [String] {
        var sentences: [String] = []
        for name in ["fsync", "full_page_writes"] where values[name] != "on" {
            sentences.append(
                "PostgreSQL runs with \(name) = \(values[name] ?? "unknown"): a crash can lose what was stored.")
        }
        let commit = values["synchronous_commit"] ?? "unknown"
        // With a synchronous standby only these two wait until it has the commit on its disk.
        let hasStandby = !(values["synchronous_standby_names"] ?? "").isEmpty
        let durable: Set = hasStandby ? ["on", "remote_apply"] : ["on", "remote_apply", "remote_write", "local"]
        if !durable.contains(commit) {
            sentences.append("PostgreSQL runs with synchronous_commit = \(commit): an answered commit can be lost.")
        }
        return sentences
    }

    var hasChecksums: Bool { values["data_checksums"] == "on" }
}
