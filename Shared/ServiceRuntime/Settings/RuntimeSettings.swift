import Logging

/// The settings that every process has.
package enum RuntimeSettings {
    package static let logLevel = Setting<Logger.Level>(
        name: "LOG_LEVEL", default: .info, summary: "what is logged: this level and all above it")
    package static let logFormat = Setting<LogFormat?>(
        name: "LOG_FORMAT", summary: "how a log line looks", defaultNote: "text on a terminal, json elsewhere")
    package static let debug = Setting<Bool>(
        name: "DEBUG", default: false, summary: "true means LOG_LEVEL=debug, unless that is trace already")
    package static let healthHost = Setting<String>(
        name: "HEALTH_HOST", default: "127.0.0.1", summary: "address on which /livez, /readyz and /metrics answer")
    package static let healthPort = Setting<Int>(
        name: "HEALTH_PORT", default: 0, range: 0...65535,
        summary: "port of /livez, /readyz and /metrics; 0 takes a free one, which is logged")
    package static let stack = Setting<Stack>(
        name: "STACK", default: .manyMachines,
        summary: "one-machine is the stack started by one command for one person, where default secrets are allowed")
    package static let envFile = Setting<String?>(
        name: "ENV_FILE", summary: "file of settings, read from the environment only",
        defaultNote: ".env in the working directory, if there is one")
    package static let parentPID = Setting<Int?>(
        name: "PARENT_PID", range: 2...Int(Int32.max), summary: "the process stops when this process is gone",
        defaultNote: "nobody is watched")
    package static let allowFailpoints = Setting<Bool>(
        name: "ALLOW_FAILPOINTS", default: false, summary: "for fault tests: true arms FAILPOINT")
    package static let failpoint = Setting<String?>(
        name: "FAILPOINT", summary: "for fault tests: <name>:<action>@<nth>:once=<file>, several separated by ;",
        defaultNote: "none is armed")

    package static let all: [any SettingDeclaration] = [
        logLevel, logFormat, debug, healthHost, healthPort, stack, envFile, parentPID, allowFailpoints, failpoint,
    ]

    /// The level to log at: `DEBUG=true` lowers it to debug.
    package static func logLevel(of settings: Settings) -> Logger.Level {
        settings[debug] ? min(settings[logLevel], .debug) : settings[logLevel]
    }
}

/// How widely the stack is spread; secrets that everybody knows are refused except on one machine.
package enum Stack: String, SettingChoice {
    case oneMachine = "one-machine"
    case manyMachines = "many-machines"
}

/// How a log line looks.
package enum LogFormat: String, SettingChoice {
    case text
    case json
}

extension Logger.Level: SettingChoice {
    /// `warn` and `fatal` are taken too, as other logging libraries spell them.
    package init?(settingText: String) {
        switch settingText.lowercased() {
        case "warn": self = .warning
        case "fatal": self = .critical
        case let name: self.init(rawValue: name)
        }
    }
}
