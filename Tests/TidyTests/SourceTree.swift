import Foundation

/// A source file with its path from the repository's root.
struct SourceFile: Sendable {
    let path: String
    let text: String
    let lines: [Substring]

    init(path: String, text: String) {
        self.path = path
        self.text = text
        lines = text.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).map { Substring($0) }
    }

    var folders: [Substring] { path.split(separator: "/").dropLast() }
    var name: String { path.split(separator: "/").last.map(String.init) ?? path }
}

/// A rule that is broken, and where.
struct Breach: Sendable, Equatable, CustomStringConvertible {
    let path: String
    let line: Int
    let message: String

    var description: String { "\(path):\(line): \(message)" }
}

/// The files of the repository that this test is compiled from.
enum SourceTree {
    static let root: URL = {
        var folder = URL(fileURLWithPath: #filePath).resolvingSymlinksInPath()
        while !FileManager.default.fileExists(atPath: folder.appendingPathComponent("Package.swift").path) {
            folder.deleteLastPathComponent()
        }
        return folder
    }()

    /// Files with this ending below some folders, by path.
    static func files(ending: String, in folders: [String]) -> [SourceFile] {
        folders.flatMap { folder -> [SourceFile] in
            let base = root.appendingPathComponent(folder)
            guard let names = FileManager.default.enumerator(atPath: base.path) else { return [] }
            return names.compactMap { name in
                guard let name = name as? String, name.hasSuffix(ending) else { return nil }
                guard let text = try? String(contentsOf: base.appendingPathComponent(name), encoding: .utf8) else {
                    return nil
                }
                return SourceFile(path: "\(folder)/\(name)", text: text)
            }
        }
        .sorted { $0.path < $1.path }
    }

    static let product = files(ending: ".swift", in: ["Services", "Shared"])
    static let tests = files(ending: ".swift", in: ["Tests"])
    static let migrations = files(ending: ".sql", in: ["Services", "Shared"])
}

extension Substring {
    /// Whether the bytes of a text occur in these; far cheaper than a search by characters.
    func has(_ needle: String) -> Bool {
        withCString { strstr($0, needle) != nil }
    }
}
