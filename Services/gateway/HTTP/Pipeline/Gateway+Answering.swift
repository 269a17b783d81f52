import Bus
import Contracts
import Hummingbird
import Logging

extension Gateway {
    /// A failure in the words of the dialect that the path belongs to.
    func refusal(of error: any Error, _ exchange: inout Exchange) -> Answer {
        let fault: Fault
        switch error {
        case let known as Fault: fault = known
        case let problem as JSONProblem: fault = Fault(.inputMalformed, problem.message)
        case is CancellationError: fault = .deadlinePassed()
        case is ConnectionCut: fault = Fault(.inputMalformed, "The body ended too early")
        default:
            parts.logger.error(
                "request failed", metadata: ["request_id": "\(exchange.identity.requestID)", "cause": "\(error)"])
            fault = .unexpected()
        }
        let dialect = exchange.mounted?.dialect ?? table.dialect(of: exchange.path)
        let refusal = dialect.spell(fault)
        var answer = Answer(status: refusal.status, body: ResponseBody(byteBuffer: refusal.body))
        if let seconds = fault.retryAfterSeconds { answer.headers[.retryAfter] = String(seconds) }
        if fault.kind == .unauthenticated { answer.headers[.wwwAuthenticate] = "Bearer" }
        if !exchange.allowed.isEmpty { answer.headers[.allow] = Self.list(exchange.allowed) }
        return answer
    }

    /// `OPTIONS`: what a path allows, and what a browser's preflight asks.
    func preflight(_ request: Request, _ exchange: inout Exchange) -> Answer {
        let methods: [HTTPRequest.Method]
        switch table.match(.options, exchange.path) {
        case .otherMethods(let allowed): methods = allowed
        case .route(let mounted, _): methods = [mounted.route.method, .options]
        case .nothing: return refusal(of: Fault(.routeNotFound), &exchange)
        }
        var answer = Answer(status: .noContent, contentType: "", body: ResponseBody())
        answer.headers[.allow] = Self.list(methods)
        parts.crossOrigin.addPreflight(
            to: &answer.headers, for: request.headers.first(.origin), methods: Self.list(methods))
        return answer
    }

    /// The answer with the headers that all have; then it is counted and logged.
    func response(
        to request: Request, _ answer: Answer, _ exchange: inout Exchange, on connection: Connection
    ) -> Response {
        var fields = headers(of: answer, exchange)
        parts.crossOrigin.add(to: &fields, for: request.headers.first(.origin))
        if !answer.contentType.isEmpty { fields[.contentType] = answer.contentType }
        if answer.isReplayed { fields[.idempotentReplayed] = "true" }
        if !exchange.isBodyRead, !exchange.announced.isEmpty, !exchange.announced.isShort {
            fields[.connection] = "close"
            connection.enter(.lingering)
        } else if connection.endsAfterAnswer(to: request.headers) {
            fields[.connection] = "close"
        }
        var response = Response(status: answer.status, headers: fields, body: answer.body)
        if answer.status == .noContent || answer.status == .notModified { response.headers[.contentLength] = nil }
        if request.method == .head { response = response.createHeadResponse() }
        note(request, response.status, exchange)
        return response
    }

    private func note(_ request: Request, _ status: HTTPResponse.Status, _ exchange: Exchange) {
        let elapsed = monotonicNanoseconds() - exchange.startedAt
        metrics.note(exchange.mounted, status: status.code, nanoseconds: elapsed)
        guard parts.logger.logLevel <= .info else { return }
        parts.logger.info(
            "request",
            metadata: [
                "method": .string(request.method.rawValue), "route": .string(exchange.mounted?.template ?? "unknown"),
                "status": .stringConvertible(status.code),
                "ms": .string(decimalText(Int(elapsed / 10_000), places: 2)),
                "request_id": .string(exchange.identity.requestID),
                "trace_id": .string(exchange.identity.traceID),
            ])
    }

    private static func list(_ methods: [HTTPRequest.Method]) -> String {
        methods.map(\.rawValue).sorted().joined(separator: ", ")
    }
}
