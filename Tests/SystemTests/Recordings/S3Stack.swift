import TestSupport
import Testing

/// A stack that keeps its objects on a real S3 server, for a whole suite.
struct S3StackTrait: SuiteTrait, TestScoping {
    @TaskLocal static var server: S3Server?

    func provideScope(
        for test: Test, testCase: Test.Case?, performing body: @Sendable () async throws -> Void
    ) async throws {
        try await S3Server.with { server in
            let stack = StackTrait { $0.environment.merge(server.environment) { $1 } }
            try await Self.$server.withValue(server) {
                try await stack.provideScope(for: test, testCase: testCase, performing: body)
            }
        }
    }
}

extension Trait where Self == S3StackTrait {
    static var s3Stack: S3StackTrait { S3StackTrait() }
}
