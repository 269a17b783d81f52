import Bus
import Contracts
import GatewayHTTP
import Hummingbird

extension Route {
    /// Stores one call; where ingest is open, also without a credential.
    static func loggingCall(_ path: String) -> Route {
        var route = Route(
            .post, path, needs: .scopesUnlessOpen(.writeCalls), status: .created, summary: "Log a finished call",
            answer: .json(LoggedCallBody.schema)
        ) { input in
            let body = try input.json(LogCallBody.self)
            let caller = try await input.ingestCaller(for: body.clientID)
            let logged = try await input.bus.ask(body.ask(in: input), as: caller)
            var answer = Answer(.created, LoggedCallBody(call: logged))
            answer.isReplayed = logged.isReplayed
            return answer
        }
        route.body = .json(LogCallBody.schema)
        route.priority = .ingest
        return route
    }

    /// Stores up to 1000 calls, each on its own.
    static func loggingCalls(_ path: String) -> Route {
        var route = Route(
            .post, path, needs: .writeCalls, status: .ok,
            summary: "Log up to 1000 calls, as a JSON array or one a line (NDJSON)",
            answer: .json(CallBatchBody.schema)
        ) { input in
            var batch = try CallBatch(input)
            try await batch.store(input)
            var answer = Answer(.ok, CallBatchBody(results: batch.results))
            answer.isReplayed = batch.isReplayed
            return answer
        }
        route.body = .batch(item: LogCallBody.schema)
        route.priority = .ingest
        return route
    }
}

extension RouteInput {
    /// The caller, or for a call that came without a credential where that is allowed: nobody, in the client's workspace.
    fileprivate func ingestCaller(for clientID: ClientID) async throws -> Caller {
        guard caller.identity == .anonymous else { return caller }
        return try await openIngestCaller(for: clientID)
    }
}
