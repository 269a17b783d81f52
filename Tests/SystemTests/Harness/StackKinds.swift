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

    static func noProxies(_ options: inout Stack.Options) {
        options.environment["RATE_LIMIT_AUTH_PER_MINUTE"] = "5"
    }
}
