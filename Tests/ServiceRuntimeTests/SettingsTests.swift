import Logging
import Testing

@testable import ServiceRuntime

private let port = Setting(name: "API_PORT", default: 8000, range: 1...65535, summary: "where it listens")
private let origins = Setting<[String]>(name: "CORS_ORIGINS", default: ["http://a"], summary: "allowed origins")
private let key = Setting<Secret>(
    name: "JWT_SECRET_KEY", default: Secret("changeme"), summary: "signs tokens", publishedValues: ["your-secret-key"])
private let database = Setting<URLText?>(name: "DATABASE_URL", summary: "where data is", defaultNote: "a private one")

struct SettingsTests {
    let catalogue = SettingsCatalogue([port, origins, key, database], declaredElsewhere: ["BCRYPT_COST"])
    let oneMachine = ["STACK": "one-machine"]

    private func problems(_ environment: [String: String], file: String? = nil) -> [String] {
        do {
            _ = try catalogue.load(
                environment: environment.merging(oneMachine) { first, _ in first },
                file: file.map { EnvFile(name: ".env", contents: $0) })
            return []
        } catch {
            return (error as? SettingsError)?.problems ?? ["\(error)"]
        }
    }

    @Test func `defaults hold when nothing is given`() throws {
        let settings = try catalogue.load(environment: oneMachine)
        #expect(settings[port] == 8000)
        #expect(settings[origins] == ["http://a"])
        #expect(settings[database] == nil)
        #expect(!settings.isGiven(port))
    }

    @Test func `the environment wins over the file, and an empty value counts as absent`() throws {
        let file = EnvFile(name: ".env", contents: "API_PORT=2\nCORS_ORIGINS=x, y\n")
        let environment = oneMachine.merging(["API_PORT": "3", "CORS_ORIGINS": ""]) { $1 }
        let settings = try catalogue.load(environment: environment, file: file)
        #expect(settings[port] == 3)
        #expect(settings[origins] == ["x", "y"])
        #expect(settings.isGiven(origins))
    }

    @Test func `a wrong value is refused with its key, its value, its place and what is allowed`() {
        #expect(
            problems(["API_PORT": "99999"])
                == [#"API_PORT is "99999" in the environment; allowed is a whole number from 1 to 65535."#])
        #expect(
            problems([:], file: "\nAPI_PORT=x")
                == [#"API_PORT is "x" in .env line 2; allowed is a whole number from 1 to 65535."#])
    }

    @Test func `every wrong value is told at once`() {
        #expect(problems(["API_PORT": "x", "LOG_LEVEL": "loud", "HEALTH_PORT": "-1"]).count == 3)
    }

    @Test func `no secret is in a problem, a description or a dump`() throws {
        let long = Setting<Secret>(name: "MASTER_KEY", summary: "wraps", allowed: "16 or more characters") {
            $0.revealed.count >= 16
        }
        let catalogue = SettingsCatalogue([long])
        let error = #expect(throws: SettingsError.self) {
            try catalogue.load(environment: ["MASTER_KEY": "hunter2"])
        }
        #expect(
            error?.problems == [
                "MASTER_KEY is a value (not shown) in the environment; allowed is 16 or more characters."
            ])
        var dumped = ""
        dump(Secret("hunter2"), to: &dumped)
        #expect(!("\(Secret("hunter2"))" + String(reflecting: Secret("hunter2")) + dumped).contains("hunter2"))
        #expect(problems(["DATABASE_URL": "postgresql://u:hunter2@h /x"]).allSatisfy { !$0.contains("hunter2") })
    }

    @Test func `a required setting that is absent is refused`() {
        let needed = Setting<String>(name: "S3_BUCKET", summary: "where recordings go")
        let error = #expect(throws: SettingsError.self) { try SettingsCatalogue([needed]).load(environment: [:]) }
        #expect(error?.problems == ["S3_BUCKET is not set; it must be a text: where recordings go."])
    }

    @Test func `an unknown key of the file is refused with a guess, and no value is shown`() {
        #expect(
            problems([:], file: "API_PROT=s3cret")
                == [".env line 1 sets API_PROT, which is not a setting; is API_PORT meant?"])
        #expect(problems([:], file: "SOMETHING_ELSE=1") == [".env line 1 sets SOMETHING_ELSE, which is not a setting."])
    }

    @Test func `another process's key may stand in the file`() {
        #expect(problems([:], file: "BCRYPT_COST=12").isEmpty)
    }

    @Test func `a near miss in the environment is only a warning`() throws {
        let environment = oneMachine.merging(["API_PORTS": "1", "PATH": "/bin", "HOME": "/"]) { $1 }
        let settings = try catalogue.load(environment: environment)
        #expect(
            settings.warnings == [
                "The environment sets API_PORTS, which is not a setting; is API_PORT meant?"
            ])
    }

    @Test func `keys of MongoDB are ignored with one line`() throws {
        let file = EnvFile(name: ".env", contents: "MONGODB_HOST=h\nMONGODB_PORT=1")
        let settings = try catalogue.load(environment: oneMachine, file: file)
        #expect(settings.warnings == ["Ignored, since no MongoDB is used: MONGODB_HOST, MONGODB_PORT."])
    }

    @Test(arguments: [[:], ["JWT_SECRET_KEY": "changeme"], ["JWT_SECRET_KEY": "your-secret-key"]])
    func `a default secret is refused unless the stack is the one-machine one`(environment: [String: String]) throws {
        let error = #expect(throws: SettingsError.self) { try catalogue.load(environment: environment) }
        #expect(error?.problems.first?.hasPrefix("JWT_SECRET_KEY has a default value") == true)
        #expect(error?.description.contains("changeme") == false)
        _ = try catalogue.load(environment: environment.merging(oneMachine) { $1 })
    }

    @Test func `a secret of one's own is accepted anywhere`() throws {
        let settings = try catalogue.load(environment: ["JWT_SECRET_KEY": "my own"])
        #expect(settings[key].revealed == "my own")
    }

    @Test(arguments: [("true", "info", "debug"), ("true", "trace", "trace"), ("false", "WARN", "warning")])
    func `DEBUG lowers the log level to debug`(debug: String, level: String, result: String) throws {
        let environment = oneMachine.merging(["DEBUG": debug, "LOG_LEVEL": level]) { $1 }
        let settings = try catalogue.load(environment: environment)
        #expect(RuntimeSettings.logLevel(of: settings).rawValue == result)
    }

    @Test func `printed settings are one JSON object a line and in order`() throws {
        let lines = catalogue.jsonLines.split(separator: "\n")
        let names = try lines.map { try #require(try jsonObject(String($0))["name"] as? String) }
        #expect(names == names.sorted())
        #expect(Set(names) == Set(catalogue.entries.map(\.name)))
        #expect(names.contains("API_PORT") && names.contains("HEALTH_PORT"))
    }

    @Test func `the printed example is a file that loads to the defaults`() throws {
        let needed = Setting<String>(name: "GREETING", default: "it's \"#1\" \\o/", summary: "a text with marks")
        let catalogue = SettingsCatalogue([port, origins, needed])
        let assigned = catalogue.envExample.replacing("# GREETING", with: "GREETING")
        let file = EnvFile(name: "example", contents: assigned)
        let settings = try catalogue.load(environment: [:], file: file)
        #expect(settings.isGiven(needed))
        #expect(settings[needed] == "it's \"#1\" \\o/")
    }

    @Test func `every name of the stack is a legal name that is no near miss of another`() {
        for name in StackSettingNames.all {
            #expect(isSettingName(name))
        }
        let declared = Set(SettingsCatalogue([]).entries.map(\.name))
        #expect(declared.isSubset(of: StackSettingNames.all))
    }

    @Test(arguments: [("API_PORT", "API_PROT", 1), ("ABCD", "ABCDE", 1), ("ABCD", "XBCD", 1), ("ABCD", "DCBA", 3)])
    func `edits between names are counted`(left: String, right: String, edits: Int) {
        #expect(editDistance(left, right, atMost: 2) == edits)
        #expect(editDistance(left, left, atMost: 2) == 0)
    }
}
