import Testing

/// Rules about the code itself. Each is shown a bad example too, so that it is known to bite.
struct TidyTests {
    private func expectNone(_ breaches: [Breach]) {
        for breach in breaches { Issue.record("\(breach)") }
    }

    private func file(_ path: String, _ text: String) -> SourceFile { SourceFile(path: path, text: text) }

    @Test func `the tree is found`() {
        #expect(SourceTree.product.count > 100)
        #expect(SourceTree.tests.contains { $0.name == "TidyTests.swift" })
        #expect(SourceTree.migrations.count >= 5)
    }

    @Test func `no file is longer than 400 lines`() {
        expectNone(Rules.length(of: SourceTree.product + SourceTree.tests))
        #expect(Rules.length(of: [file("a.swift", String(repeating: "x\n", count: 401))]).count == 1)
        #expect(Rules.length(of: [file("a.swift", String(repeating: "x\n", count: 400))]).isEmpty)
    }

    @Test func `no function is longer than 60 lines`() {
        expectNone(Rules.functionLength(of: SourceTree.product + SourceTree.tests))
        let body = String(repeating: "        x()\n", count: 59)
        #expect(Rules.functionLength(of: [file("a.swift", "    package func f() {\n\(body)    }\n")]).count == 1)
        #expect(Rules.functionLength(of: [file("a.swift", "    init(a: Int) {\n\(body.dropFirst(12))    }\n")]).isEmpty)
    }

    @Test func `products are named in the gateway alone`() {
        expectNone(Rules.dialectNames(in: SourceTree.product))
        #expect(Rules.dialectNames(in: [file("Services/calls/A.swift", "// as the Receptionist has it")]).count == 1)
        #expect(Rules.dialectNames(in: [file("Services/gateway/App/A.swift", "import ReceptionistDialect")]).isEmpty)
    }

    @Test func `SQL stands in Storage`() {
        expectNone(Rules.sqlOutsideStorage(in: SourceTree.product))
        let bad = #"let s: Statement = "SELECT id FROM calls.calls""#
        #expect(Rules.sqlOutsideStorage(in: [file("Services/calls/Handlers/A.swift", bad)]).count == 1)
        #expect(Rules.sqlOutsideStorage(in: [file("Services/calls/Storage/A.swift", bad)]).isEmpty)
    }

    @Test func `nobody imports across a wall`() {
        expectNone(Rules.imports(in: SourceTree.product))
        for (path, line) in [
            ("Shared/Contracts/A.swift", "import Postgres"), ("Services/gateway/HTTP/A.swift", "import Postgres"),
            ("Services/calls/A.swift", "import agents"), ("Services/calls/A.swift", "import Hummingbird"),
            ("Services/gateway/Receptionist/A.swift", "internal import struct ZeroMQ.X"),
            ("Shared/Bus/A.swift", "@testable import Contracts"), ("Shared/New/A.swift", "import Foundation"),
        ] {
            #expect(Rules.imports(in: [file(path, line)]).count == 1, "\(path) \(line)")
        }
    }

    @Test func `each subject is declared once and well formed`() {
        expectNone(Rules.subjects(in: SourceTree.product))
        let good = #"    static let subject: Subject = "calls.log-call.v1""#
        #expect(
            Rules.subjects(in: [file("Shared/Contracts/A.swift", good), file("Shared/Contracts/B.swift", good)]).count
                == 1)
        let bad = #"    static let subject: Subject = "calls.logCall""#
        #expect(Rules.subjects(in: [file("Shared/Contracts/A.swift", bad)]).count == 1)
    }

    @Test func `every contract is described`() {
        expectNone(Rules.contractDocumentation(in: SourceTree.product))
        #expect(
            Rules.contractDocumentation(in: [file("Shared/Contracts/A.swift", "\npackage struct A: BusRequest {")])
                .count == 1)
        #expect(
            Rules.contractDocumentation(in: [file("Shared/Contracts/A.swift", "/// A.\npackage struct A: BusRequest {")]
            ).isEmpty)
    }

    @Test func `migrations have no gap`() {
        expectNone(Rules.migrations(SourceTree.migrations))
        #expect(Rules.migrations([file("Services/calls/Migrations/0003_x.sql", "")]).count == 1)
        #expect(
            Rules.migrations([
                file("Services/calls/Migrations/0002_x.sql", ""), file("Services/calls/Migrations/0003_y.sql", ""),
            ]).isEmpty)
    }

    @Test func `every table of a workspace has forced row-level security`() {
        expectNone(Rules.workspaceTables(SourceTree.migrations))
        let table = "CREATE TABLE calls.x (\n    workspace_id uuid NOT NULL\n);\n"
        #expect(Rules.workspaceTables([file("Services/calls/Migrations/0002_x.sql", table)]).count == 1)
        let forced = table + "ALTER TABLE calls.x FORCE ROW LEVEL SECURITY;\n"
        #expect(Rules.workspaceTables([file("Services/calls/Migrations/0002_x.sql", forced)]).isEmpty)
    }

    @Test func `nothing says that it is unfinished`() {
        expectNone(Rules.unfinished(in: SourceTree.product))
        #expect(Rules.unfinished(in: [file("Shared/A.swift", "// TO" + "DO: later")]).count == 1)
    }
}
