import Foundation
import Testing

@testable import ServiceRuntime

struct EnvFileTests {
    private func values(_ contents: String) -> [String: String] {
        EnvFile(name: ".env", contents: contents).assignments.mapValues(\.value)
    }

    @Test func `comments, exports, quotes and line ends are understood`() {
        let file = """
            \u{FEFF}# a comment
            A=plain value # comment
            export B='lit $eral # not a comment'
             C = "two\\nlines \\"quoted\\""  # comment\r
            D=
            E=a#b
            F=["x","y"]
            G=#nothing
            """
        #expect(
            values(file) == [
                "A": "plain value", "B": "lit $eral # not a comment", "C": "two\nlines \"quoted\"", "D": "",
                "E": "a#b", "F": #"["x","y"]"#, "G": "",
            ])
    }

    @Test func `a later assignment holds, with a warning`() {
        let file = EnvFile(name: ".env", contents: "A=1\nB=2\nA=3")
        #expect(file.assignments["A"] == EnvFile.Assignment(value: "3", line: 3))
        #expect(file.warnings == [".env sets A on lines 1 and 3; the last one holds."])
    }

    @Test(arguments: ["just words", "=x", "1A=x", "A B=x", "A='open", "A=\"open\\", "A='x' y"])
    func `another line is a problem that repeats no value`(line: String) {
        let file = EnvFile(name: ".env", contents: "\n" + line)
        #expect(file.problems.count == 1)
        #expect(file.problems.first?.hasPrefix(".env line 2") == true)
    }

    @Test func `a file that ENV_FILE names must exist`() {
        let error = #expect(throws: SettingsError.self) { try EnvFile.found(by: ["ENV_FILE": "/nowhere/at.all"]) }
        #expect(
            error?.problems == [
                "The file /nowhere/at.all, which ENV_FILE names, cannot be read: No such file or directory."
            ])
    }

    @Test func `a file is read from where ENV_FILE says`() throws {
        let path = temporaryPath("env")
        try "A=1".write(toFile: path, atomically: true, encoding: .utf8)
        defer { try? FileManager.default.removeItem(atPath: path) }
        #expect(try EnvFile.found(by: ["ENV_FILE": path])?.assignments["A"]?.value == "1")
    }

    @Test func `a file that is too large is refused`() throws {
        let path = temporaryPath("env")
        try Data(repeating: 0x23, count: EnvFile.maximumBytes + 1).write(to: URL(filePath: path))
        defer { try? FileManager.default.removeItem(atPath: path) }
        #expect(throws: SettingsError.self) { try EnvFile.found(by: ["ENV_FILE": path]) }
    }
}
