import Foundation
import GatewayHTTP
import TestSupport
import Testing

/// All suites that start the real executables. They run one after the other, since each measures time.
@Suite(.serialized) enum RealStack {}

/// A stack that runs for a whole suite, with what its tests need to know of it.
struct Running: Sendable {
    let stack: Stack
    /// Without a credential; every answer it gets is held against the published description.
    let api: APIClient
    let watch: AnswerWatch
    /// What access tokens are signed with.
    let tokenSecret: String

    /// Of a process on the stack's folder of the bus, beside those of the stack itself.
    var strangerEnvironment: [String: String] {
        [
            "PATH": "/usr/bin:/bin", "ENV_FILE": "/dev/null", "LOG_FORMAT": "json", "DATA_DIR": "\(stack.folder)/other",
            "BUS_DIR": "\(stack.folder)/bus", "PARENT_PID": "\(getpid())", "JWT_SECRET_KEY": tokenSecret,
            "HEALTH_HOST": "127.0.0.1",
        ]
    }

    @TaskLocal fileprivate static var ofSuite: Running?

    /// The stack of the suite that the running test is in.
    static var current: Running {
        get throws {
            guard let ofSuite else { throw APIFailure("this suite has no stack") }
            return ofSuite
        }
    }

    /// A new person with a workspace of their own.
    static func person() async throws -> APIClient {
        try await current.api.registered()
    }

    fileprivate static func during(_ options: Stack.Options, _ body: @Sendable () async throws -> Void) async throws {
        let secret = Hex.random(bytes: 32)
        var options = options
        for service in ["auth", "gateway"] {
            options.serviceEnvironment[service, default: [:]]["JWT_SECRET_KEY"] = secret
        }
        try await Stack.with(options) { stack in
            let watch = try await AnswerWatch(stack.api)
            var api = stack.api
            api.onAnswer = { watch.note($0, $1, $2) }
            let running = Running(stack: stack, api: api, watch: watch, tokenSecret: secret)
            try await $ofSuite.withValue(running) { try await body() }
            if watch.hasProblems { stack.keepLogs() }
        }
    }
}

/// Starts a stack before the first test of a suite and ends it after the last one.
struct StackTrait: SuiteTrait, TestScoping {
    let change: @Sendable (inout Stack.Options) async throws -> Void

    func provideScope(
        for test: Test, testCase: Test.Case?, performing body: @Sendable () async throws -> Void
    ) async throws {
        var options = Stack.Options()
        try await change(&options)
        try await Running.during(options, body)
    }
}

extension Trait where Self == StackTrait {
    /// - Parameter change: what this stack has beside the defaults.
    static func stack(
        _ change: @escaping @Sendable (inout Stack.Options) async throws -> Void = { _ in }
    ) -> StackTrait {
        StackTrait(change: change)
    }
}

extension RealStack {
    /// Suites that share one stack, since its start costs seconds. None of them may break it.
    @Suite(.serialized, .stack()) enum Shared {}
}
