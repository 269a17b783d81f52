import TestSupport

/// What the stacks of single suites have beside the defaults.
enum StackKinds {
    /// Where the second gateway listens.
    static let otherPort = (try? TestPorts.free()) ?? 0

    static func twoGateways(_ options: inout Stack.Options) {
        options.gatewayProcesses = 2
        options.serviceEnvironment["gateway-2"] = ["API_PORT": "\(otherPort)"]
    }

    static func smallLimits(_ options: inout Stack.Options) {
        options.environment["RATE_LIMIT_PER_MINUTE"] = "20"
        options.environment["RATE_LIMIT_AUTH_PER_MINUTE"] = "6"
        options.environment["RATE_LIMIT_API_KEY_PER_MINUTE"] = "60"
        options.environment["TRUSTED_PROXIES"] = "127.0.0.1,10.0.0.0/8"
    }

    /// Also takes calls of known clients from anybody.
    static func noProxies(_ options: inout Stack.Options) {
        options.environment["RATE_LIMIT_AUTH_PER_MINUTE"] = "5"
        options.environment["OPEN_INGEST"] = "true"
    }

    static func threeCalls(_ options: inout Stack.Options) {
        options.callsProcesses = 3
        options.restartPause = nil
    }

    /// Keys for the bus, and a second gateway that serves HTTPS.
    static func encrypted(_ options: inout Stack.Options) async throws {
        let keys = Certificates.folder + "/bus-keys"
        try await Programs.run("gateway", ["keys", keys])
        options.environment["BUS_KEYS_DIR"] = keys
        try await Certificates.make("first")
        try Certificates.use("first")
        options.gatewayProcesses = 2
        options.serviceEnvironment["gateway-2"] = [
            "API_PORT": "\(otherPort)", "TLS_CERT_FILE": Certificates.certificate, "TLS_KEY_FILE": Certificates.key,
        ]
    }
}
