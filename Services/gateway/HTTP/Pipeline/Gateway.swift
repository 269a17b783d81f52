import Bus
import Contracts
import Foundation
import Hummingbird
import Logging
import Synchronization

/// All that HTTP asks, from the head of a request to the head of its answer, in one pass:
/// identity, route, load, credential, scope, rate, body, handler, error body, headers.
package final class Gateway: Sendable {
    /// What a gateway is made of.
    package struct Parts: Sendable {
        package var bus: any Asking
        package var authentication: Authentication
        package var makeID: @Sendable () -> UUID
        package var limits = RequestLimits()
        package var rates = RateLimits()
        package var crossOrigin = CrossOrigin([])
        package var proxies = TrustedProxies()
        /// Takes calls of known clients without a credential (`OPEN_INGEST`).
        package var isIngestOpen = false
        package var isSecure = false
        /// Where recordings and documents lie.
        package var storage: any ByteStorage = NoStorage()
        package var links: LinkSigner
        /// Live connections; nil where there are none.
        package var live: LiveHub?
        package var logger: Logger
        /// Called at the named moments of a request, so that fault tests can stop the process there.
        package var reached: @Sendable (String) async -> Void = { _ in }

        package init(
            bus: any Asking, authentication: Authentication, links: LinkSigner = .unshared,
            makeID: @escaping @Sendable () -> UUID, logger: Logger
        ) {
            self.links = links
            self.bus = bus
            self.authentication = authentication
            self.makeID = makeID
            self.logger = logger
        }
    }

    /// A whole body is here and nobody was asked yet.
    package static let bodyReceived = "gateway-body-received"
    /// A streamed body is in storage, and nobody was told of it yet.
    package static let objectStored = "gateway-object-stored"
    /// The answer is here and nothing of it is written.
    package static let answerUnwritten = "gateway-answer-unwritten"
    /// Frames of a live feed are made and nobody was shown them.
    package static let framesUntold = "gateway-frames-untold"

    package let table: RouteTable
    let parts: Parts
    let rates: RateLimiter
    let load: InFlight
    private let uploads: UploadShares
    let metrics: GatewayMetrics
    private let common: CommonHeaders

    package var limits: RequestLimits { parts.limits }
    var live: LiveHub? { parts.live }

    package init(_ dialects: [any Dialect], parts: Parts) {
        self.parts = parts
        table = RouteTable(dialects)
        rates = RateLimiter(parts.rates)
        load = InFlight(
            limit: parts.limits.inFlight, batchLimit: parts.limits.batchesInFlight,
            uploadLimit: parts.limits.uploadsInFlight)
        uploads = UploadShares(limit: max(1, parts.limits.uploadsInFlight / 4))
        metrics = GatewayMetrics(table)
        common = CommonHeaders(isSecure: parts.isSecure)
    }

    /// Answers one request, whatever it is.
    package func respond(to request: Request, on connection: Connection) async -> Response {
        let target = request.head.path ?? "/"
        let path = target[..<(target.utf8.firstIndex(of: UInt8(ascii: "?")) ?? target.endIndex)]
        var exchange = Exchange(
            identity: RequestIdentity(request.headers), startedAt: monotonicNanoseconds(), path: path,
            client: parts.proxies.client(peer: connection.peer, forwardedFor: request.headers[.forwardedFor]),
            announced: BodyAnnouncement(request.headers))
        let answer: Answer
        if request.method == .options {
            answer = preflight(request, &exchange)
        } else {
            do {
                answer = try await serve(request, target, &exchange, on: connection)
            } catch {
                answer = refusal(of: error, &exchange)
            }
        }
        await parts.reached(Self.answerUnwritten)
        return response(to: request, answer, &exchange, on: connection)
    }

    private func serve(
        _ request: Request, _ target: String, _ exchange: inout Exchange, on connection: Connection
    ) async throws -> Answer {
        if let refusal = try refuseAsHTTP(request, &exchange) { return refusal }
        var mounted: MountedRoute
        let segments: [String]
        switch table.match(request.method, exchange.path) {
        case .route(let route, let values): (mounted, segments) = (route, values)
        case .otherMethods(let methods):
            exchange.allowed = methods
            try admit(.address(exchange.client.counted), &exchange)
            throw Fault(.methodNotAllowed)
        case .nothing:
            try admit(.address(exchange.client.counted), &exchange)
            throw Fault(.routeNotFound)
        }
        exchange.mounted = mounted
        let weight = mounted.route.body.weight(exchange.announced, limits)
        try load.enter(mounted.route.priority, weight)
        defer { load.leave(weight) }
        let query = Query(
            exchange.path.endIndex < target.endIndex ? target[exchange.path.endIndex...].dropFirst() : nil)
        let caller = try await caller(of: request, mounted, query, &exchange)
        try query.check()
        if !mounted.rivals.isEmpty {
            mounted = try mounted.spoken(
                asked: request.headers.first(.apiDialect)?.lowercased(), pinned: exchange.clientHint)
            exchange.mounted = mounted
        }
        let key =
            try mounted.route.acceptsIdempotencyKey && caller.identity != .anonymous
            ? request.headers.first(.idempotencyKey).map(RouteInput.checkedKey) : nil
        let (body, stream) = try await body(of: request, mounted.route, &exchange, isKeyed: key != nil, on: connection)
        let uploader = Self.uploadKey(caller, exchange.client.counted)
        if stream != nil { try uploads.enter(uploader) }
        defer { if stream != nil { uploads.leave(uploader) } }
        let input = RouteInput(
            caller: caller, segments: segments, query: query, body: body, stream: stream,
            contentType: request.headers.first(.contentType), idempotencyKey: key,
            ifMatch: request.headers.first(.ifMatch), authorization: request.headers.first(.authorization),
            client: exchange.client, userAgent: request.headers.first(.userAgent), headers: request.headers,
            site: site(of: request, on: connection), prefix: mounted.dialect.prefix, links: parts.links,
            storage: parts.storage, reached: parts.reached, routeName: mounted.name, bus: parts.bus,
            makeID: parts.makeID)
        defer { if let stream { settle(stream, caller, &exchange) } }
        let context = AskContext(
            requestID: exchange.identity.requestID, traceparent: exchange.identity.traceparent,
            deadline: .after(milliseconds: limits.workMS))
        let answer = try await AskContext.$current.withValue(context) { try await mounted.route.handler(input) }
        let isEnveloped = mounted.dialect.offersEnvelope && input.query["envelope"] == "true"
        return isEnveloped ? answer.enveloped : answer
    }

    /// The whole body where the route reads one, or the stream that its handler reads.
    private func body(
        of request: Request, _ route: Route, _ exchange: inout Exchange, isKeyed: Bool, on connection: Connection
    ) async throws -> (ByteBuffer, BodyStream?) {
        let limit = route.body.limit(limits)
        switch route.body {
        // What a route does not read still tells two requests with one key apart.
        case .none where !isKeyed: return (ByteBuffer(), nil)
        case .streamed, .multipart:
            let stream = BodyStream(of: request, announced: exchange.announced, limit: limit, on: connection)
            return (ByteBuffer(), stream)
        case .none, .json, .batch, .largeJSON, .table:
            let body = try await readBody(of: request, announced: exchange.announced, limit: limit, on: connection)
            exchange.isBodyRead = true
            await parts.reached(Self.bodyReceived)
            return (body, nil)
        }
    }

    /// After the handler: what came without having been announced is counted, too.
    private func settle(_ stream: BodyStream, _ caller: Caller, _ exchange: inout Exchange) {
        exchange.isBodyRead = stream.isFinished
        guard exchange.announced.length == nil, exchange.mounted?.route.rate == .uploads else { return }
        rates.debitUpload(Self.uploadKey(caller, exchange.client.counted), bytes: stream.received)
    }

    private func site(of request: Request, on connection: Connection) -> String {
        let forwarded = parts.proxies.isTrusted(connection.peer) ? request.headers.first(.forwardedProto) : nil
        return Site.of(request, isSecure: parts.isSecure, forwardedScheme: forwarded)
    }

    /// Who asks, and whether they may and not too often.
    private func caller(
        of request: Request, _ mounted: MountedRoute, _ query: Query, _ exchange: inout Exchange
    ) async throws -> Caller {
        let route = mounted.route
        let address = exchange.client.counted
        switch route.needs {
        case .nothing:
            switch route.rate {
            case .unlimited: break
            case .authentication: try admit(.signIn(address), &exchange)
            default: try admit(.address(address), &exchange)
            }
            return .anonymous
        case .scopesUnlessOpen where parts.isIngestOpen && !request.headers.hasCredential:
            try admit(.address(address), &exchange)
            return .anonymous
        case .scopesOrLink(let scopes):
            if let signature = query["signature"] {
                try admit(.address(address), &exchange)
                let path = String(exchange.path.dropFirst(mounted.dialect.prefix.count + 1))
                let workspaceID = try parts.links.workspace(
                    of: signature, path: path, expires: query["expires"],
                    now: Int(Timestamp.now().microseconds / 1_000_000))
                return Authentication.linkCaller(in: workspaceID, scopes: scopes)
            }
        case .credential, .scopes, .scopesUnlessOpen:
            break
        }
        let credential = try await credential(of: request, address, &exchange)
        metrics.noteCredential(wasKnown: credential.wasKnown)
        exchange.clientHint = credential.clientHint
        try admit(credential.caller, route, &exchange)
        guard let needed = route.needs.scopes, credential.caller.grantedScopes.allow(needed) else {
            throw Fault(.permissionDenied)
        }
        return credential.caller
    }

    /// A bad credential counts like none, and an address that has used up its share is not even looked at.
    private func credential(
        of request: Request, _ address: NetworkAddress, _ exchange: inout Exchange
    ) async throws -> Authentication.Credential {
        do {
            return try await parts.authentication.credential(of: request.headers)
        } catch let fault as Fault where fault.kind == .unauthenticated {
            try admit(.address(address), &exchange)
            throw fault
        }
    }

    private func admit(_ caller: Caller, _ route: Route, _ exchange: inout Exchange) throws {
        let address = exchange.client.counted
        switch (route.rate, caller.identity) {
        case (.unlimited, _): return
        case (.authentication, _): try admit(.signIn(address), &exchange)
        case (.uploads, _):
            // What is over the limit is never read.
            let bytes = min(exchange.announced.length ?? 0, route.body.limit(limits))
            try settle(rates.admitUpload(Self.uploadKey(caller, address), bytes: bytes), &exchange)
        case (.general, .person(let id, _)): try admit(.person(id), &exchange)
        case (.general, .apiKey(let id)): try admit(.apiKey(id), &exchange)
        case (.general, _): try admit(.address(address), &exchange)
        }
    }

    func admit(_ key: RateLimiter.Key, _ exchange: inout Exchange) throws {
        try settle(rates.admit(key), &exchange)
    }

    private static func uploadKey(_ caller: Caller, _ address: NetworkAddress) -> RateLimiter.Key {
        switch caller.identity {
        case .person(let id, _): .personUploads(id)
        case .apiKey(let id): .apiKeyUploads(id)
        case .anonymous, .service: .addressUploads(address)
        }
    }

    private func settle(_ standing: RateLimiter.Standing, _ exchange: inout Exchange) throws {
        exchange.standing = standing
        if let retryAfterMS = standing.retryAfterMS { throw Fault(.rateLimited, retryAfterMS: retryAfterMS) }
    }

    func headers(of answer: Answer, _ exchange: Exchange) -> HTTPFields {
        common.fields(requestID: exchange.identity.requestID, standing: exchange.standing, own: answer.headers)
    }
}

extension HTTPFields {
    /// Whether a credential was sent, good or bad.
    var hasCredential: Bool { self[.authorization] != nil || self[.apiKey] != nil }
}

extension BodyRule {
    /// A body that is no larger than any other weighs as little, whatever else the route would take.
    func weight(_ announced: BodyAnnouncement, _ limits: RequestLimits) -> InFlight.Weight {
        switch self {
        case .none, .json: .light
        case .batch, .largeJSON, .table: announced.length.map { $0 <= limits.bodyBytes } ?? false ? .light : .batch
        case .streamed, .multipart: .upload
        }
    }
}
