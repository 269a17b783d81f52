import Foundation

/// Rules about the code itself; each gives the places that break it.
enum Rules {
    static let fileLimit = 400
    static let functionLimit = 60

    static func length(of files: [SourceFile]) -> [Breach] {
        files.compactMap { file in
            let count = file.lines.count - (file.text.hasSuffix("\n") ? 1 : 0)
            return count > fileLimit
                ? Breach(path: file.path, line: count, message: "\(count) lines, at most \(fileLimit)") : nil
        }
    }

    /// A function ends at the first later line that closes at its own indentation.
    static func functionLength(of files: [SourceFile]) -> [Breach] {
        files.flatMap { file -> [Breach] in
            let lines = file.lines
            return lines.indices.compactMap { start in
                guard lines[start].contains(/^\s*([@a-z()]+ )*(func|init)\b/), lines[start].has("(") else {
                    return nil
                }
                let indent = lines[start].prefix { $0 == " " }
                guard
                    let end = lines[start...].dropFirst().firstIndex(where: {
                        $0.hasPrefix(indent + "}") || (!$0.isEmpty && $0.prefix { $0 == " " }.count < indent.count)
                    }), lines[end].hasPrefix(indent + "}")
                else { return nil }
                let count = end - start + 1
                return count > functionLimit
                    ? Breach(
                        path: file.path, line: start + 1,
                        message: "a function of \(count) lines, at most \(functionLimit)")
                    : nil
            }
        }
    }

    /// Products are named in the gateway alone.
    static func dialectNames(in files: [SourceFile]) -> [Breach] {
        search(files.filter { !$0.path.hasPrefix("Services/gateway/") }) { line in
            guard line.has("oice") || line.has("eceptionist") || line.has("OICE") || line.has("ECEPTIONIST") else {
                return nil
            }
            guard let match = line.firstMatch(of: /(?i)receptionist|voiceflow|voiceera|\bvoicera\b(?!-api)/) else {
                return nil
            }
            return "\"\(match.output)\" belongs in the gateway"
        }
    }

    /// Statements stand in a service's `Storage`, in `Migrations` and in the layers below.
    static func sqlOutsideStorage(in files: [SourceFile]) -> [Breach] {
        let services = files.filter { $0.path.hasPrefix("Services/") && !$0.folders.contains("Storage") }
        return search(services) { line in
            ["SELECT ", "INSERT ", "UPDATE ", "DELETE "].contains { line.has($0) }
                && line.contains(/\b(SELECT .+ FROM|INSERT INTO|UPDATE \w+\.\w+ SET|DELETE FROM)\b/)
                ? "SQL outside of Storage" : nil
        }
    }

    /// Which modules of ours each folder may import.
    static let walls: [(folder: String, mayImport: Set<String>)] = [
        ("Shared/Bus/", []), ("Shared/Contracts/", ["Bus"]), ("Shared/ZeroMQ/", ["Bus", "CZeroMQ"]),
        ("Shared/Postgres/", ["CPostgres"]), ("Shared/EventLog/", ["Bus", "Postgres"]), ("Shared/ServiceRuntime/", []),
        ("Shared/Blobs/", []), ("Shared/ProcessBus/", ["Bus", "ZeroMQ", "ServiceRuntime"]),
        ("Shared/ProcessBlobs/", ["Blobs", "ProcessBus", "ServiceRuntime"]),
        (
            "Shared/ServiceHost/",
            ["Bus", "Contracts", "ZeroMQ", "ProcessBus", "Postgres", "EventLog", "ServiceRuntime"]
        ),
        ("Services/auth/", service.union(["CCrypt"])),
        // What reads strangers' documents, which the process around it confines, knows nothing of ours.
        ("Services/agents/Extractor/", ["CExtraction"]),
        ("Services/agents/", service.union(["Blobs", "ProcessBlobs"])),
        ("Services/calls/", service.union(["Blobs", "ProcessBlobs"])), ("Services/analytics/", service),
        ("Services/gateway/HTTP/", ["Bus", "Contracts"]),
        ("Services/gateway/Receptionist/", ["GatewayHTTP", "Contracts", "Bus"]),
        ("Services/gateway/VoiceERA/", ["GatewayHTTP", "Contracts", "Bus"]),
        ("Services/gateway/VoiceFlow/", ["GatewayHTTP", "Contracts", "Bus"]),
        (
            "Services/gateway/App/",
            [
                "GatewayHTTP", "ReceptionistDialect", "VoiceERADialect", "VoiceFlowDialect", "Bus", "Contracts",
                "ZeroMQ",
                "ProcessBus",
                "Blobs", "ProcessBlobs", "ServiceRuntime",
            ]
        ),
    ]
    private static let service: Set<String> = [
        "Bus", "Contracts", "ZeroMQ", "Postgres", "EventLog", "ServiceRuntime", "ServiceHost", "ProcessBus",
    ]
    private static let ours: Set<String> = service.union([
        "Blobs", "ProcessBlobs", "CZeroMQ", "CPostgres", "CCrypt", "GatewayHTTP", "ReceptionistDialect",
        "VoiceERADialect", "VoiceFlowDialect", "TestSupport",
        "auth", "agents", "calls", "analytics", "gateway",
    ])

    static func imports(in files: [SourceFile]) -> [Breach] {
        files.flatMap { file -> [Breach] in
            guard let wall = walls.first(where: { file.path.hasPrefix($0.folder) }) else {
                return [Breach(path: file.path, line: 1, message: "no wall is drawn for this folder")]
            }
            return search([file]) { line in
                guard
                    let module = line.firstMatch(
                        of:
                            /^\s*(?:@\w+ |public |package |internal |private |fileprivate )*import (?:(?:struct|class|enum|func|protocol|typealias|var|let) )?(\w+)/
                    )?.1
                else {
                    return nil
                }
                let name = String(module)
                if ours.contains(name), !wall.mayImport.contains(name) {
                    return "\(wall.folder) may not import \(name)"
                }
                let isService = file.path.hasPrefix("Services/") && !file.path.hasPrefix("Services/gateway/")
                return isService && name.hasPrefix("Hummingbird") ? "a service may not import \(name)" : nil
            }
        }
    }

    /// Each subject is declared once, as `<owner>.<verb-noun>.v<n>`.
    static func subjects(in files: [SourceFile]) -> [Breach] {
        var first: [Substring: String] = [:]
        return search(files.filter { $0.path.hasPrefix("Shared/Contracts/") }) { line, path in
            guard line.has("subject"),
                let subject = line.firstMatch(of: /static let subject: Subject = "([^"]*)"/)?.1
            else { return nil }
            guard subject.wholeMatch(of: /[a-z]+\.[a-z]+(-[a-z]+)*\.v[1-9][0-9]*/) != nil else {
                return "\"\(subject)\" is no <owner>.<verb-noun>.v<n>"
            }
            if let other = first[subject] { return "\"\(subject)\" is declared in \(other) too" }
            first[subject] = path
            return nil
        }
    }

    /// Every contract says what it is.
    static func contractDocumentation(in files: [SourceFile]) -> [Breach] {
        files.filter { $0.path.hasPrefix("Shared/Contracts/") }.flatMap { file -> [Breach] in
            let lines = file.lines
            return lines.indices.compactMap { index in
                guard
                    lines[index].contains(
                        /^package (struct|enum|protocol|final class) .*\b(BusRequest|BusMessage|LoggedEvent)\b/)
                else { return nil }
                let isDocumented = index > 0 && lines[index - 1].hasPrefix("///")
                let isReply = lines[index].contains("BusMessage")
                return isDocumented || isReply
                    ? nil : Breach(path: file.path, line: index + 1, message: "a contract without a description")
            }
        }
    }

    /// Numbers of a folder's migrations go on from the shared first one without a gap, and no file is named twice.
    static func migrations(_ files: [SourceFile]) -> [Breach] {
        Dictionary(grouping: files, by: { $0.folders.joined(separator: "/") }).sorted { $0.key < $1.key }
            .flatMap { folder, files -> [Breach] in
                let first = folder.hasPrefix("Services/") ? 2 : 1
                return files.sorted { $0.name < $1.name }.enumerated().compactMap { place, file in
                    let number = Int(file.name.prefix(4))
                    let isNamed = file.name.wholeMatch(of: /[0-9]{4}_[a-z0-9_]+\.sql/) != nil
                    return isNamed && number == first + place
                        ? nil : Breach(path: file.path, line: 1, message: "number \(first + place) is expected")
                }
            }
    }

    /// A table with a workspace has forced row-level security and a key that begins with the workspace.
    static func workspaceTables(_ files: [SourceFile]) -> [Breach] {
        files.flatMap { file -> [Breach] in
            file.text.matches(of: /CREATE TABLE ([\w{}]+\.\w+) \(([\s\S]*?)\n\)/).compactMap { match in
                guard match.2.contains(/\bworkspace_id\b/) else { return nil }
                let table = String(match.1)
                let isForced = file.text.contains("ALTER TABLE \(table) FORCE ROW LEVEL SECURITY")
                return isForced
                    ? nil : Breach(path: file.path, line: 1, message: "\(table) has no forced row-level security")
            }
        }
    }

    /// Words that say that something is unfinished.
    static func unfinished(in files: [SourceFile]) -> [Breach] {
        search(files) { line in
            ["TODO", "FIXME", "XXX", "HACK", "not implemented"].contains { line.has($0) }
                ? "something is left unfinished" : nil
        }
    }

    private static func search(_ files: [SourceFile], _ check: (Substring) -> String?) -> [Breach] {
        search(files) { line, _ in check(line) }
    }

    private static func search(_ files: [SourceFile], _ check: (Substring, String) -> String?) -> [Breach] {
        files.flatMap { file in
            file.lines.enumerated().compactMap { index, line in
                check(line, file.path).map { Breach(path: file.path, line: index + 1, message: $0) }
            }
        }
    }
}
