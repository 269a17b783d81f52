import Foundation

/// `auth verify-audit`: follows the audit log of every workspace once and says what it found.
struct VerifyAuditCommand: Sendable {
    let check: AuditCheck

    /// A line for each break, and a last one for everything.
    /// - Returns: the exit code: 0 without a break, else 1.
    func run() async throws -> Int32 {
        let finding = try await check.run()
        for found in finding.breaks { print("broken: \(found)") }
        print(
            "audit: \(finding.workspaceCount) workspaces, \(finding.entryCount) entries, \(finding.breaks.count) broken"
        )
        fflush(nil)
        return finding.breaks.isEmpty ? 0 : 1
    }
}
