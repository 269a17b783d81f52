import Bus
import Contracts
import Hummingbird

/// One route of a dialect, as data: what the router, the scope check, the description and the tests are made from.
package struct Route: Sendable {
    package var method: HTTPRequest.Method
    /// Below the dialect's prefix, without a slash at its ends; `{id}` stands for a segment.
    package var path: String
    package var needs: Access
    /// The status of success.
    package var status: HTTPResponse.Status
    /// Statuses that come with the body of success, for the description: a probe says in it what is wrong.
    package var otherStatuses: [Int] = []
    package var summary: String
    package var body: BodyRule = .none
    package var answer: AnswerShape
    package var query: [QueryParameter] = []
    /// What it is about has an `ETag`; a change of it takes `If-Match`.
    package var isVersioned = false
    /// What it is about may be in a state that does not allow it.
    package var mayConflict = false
    package var rate: RateClass = .general
    package var priority: AdmissionPriority = .read
    package var handler: @Sendable (RouteInput) async throws -> Answer

    package var versioned: Route {
        var route = self
        route.isVersioned = true
        return route
    }

    package var conflicting: Route {
        var route = self
        route.mayConflict = true
        return route
    }

    /// POST with a credential: a key makes a retry safe.
    package var acceptsIdempotencyKey: Bool { method == .post && needs != .nothing }

    package init(
        _ method: HTTPRequest.Method, _ path: String, needs: Access, status: HTTPResponse.Status, summary: String,
        answer: AnswerShape, handler: @escaping @Sendable (RouteInput) async throws -> Answer
    ) {
        self.method = method
        self.path = path
        self.needs = needs
        self.status = status
        self.summary = summary
        self.answer = answer
        self.handler = handler
    }
}

/// What a caller must bring.
package enum Access: Sendable, Equatable {
    /// Nothing; a credential is not even looked at.
    case nothing
    /// A good credential of any kind.
    case credential
    /// A good credential with these scopes.
    case scopes(Scopes)
    /// The scopes, or nothing at all where the operator opened the route (`OPEN_INGEST`).
    case scopesUnlessOpen(Scopes)
    /// The scopes, or an address that the gateway signed (`RouteInput.signedLink`).
    case scopesOrLink(Scopes)

    package static let readAgents = Access.scopes(.readAgents)
    package static let writeAgents = Access.scopes(.writeAgents)
    package static let deleteAgents = Access.scopes(.deleteAgents)
    package static let readCampaigns = Access.scopes(.readCampaigns)
    package static let writeCampaigns = Access.scopes(.writeCampaigns)
    package static let readCalls = Access.scopes(.readCalls)
    package static let writeCalls = Access.scopes(.writeCalls)
    package static let admin = Access.scopes(.admin)

    /// The scopes that a credential must have; nil where none is needed.
    package var scopes: Scopes? {
        switch self {
        case .nothing: nil
        case .credential: []
        case .scopes(let scopes), .scopesUnlessOpen(let scopes), .scopesOrLink(let scopes): scopes
        }
    }
}

/// What a route reads of a body.
package enum BodyRule: Sendable {
    /// A body is read over.
    case none
    case json(Schema)
    /// JSON array or NDJSON of such items, with a larger limit.
    case batch(item: Schema)
    /// JSON with a larger limit.
    case largeJSON(Schema)
    /// Such JSON, or CSV, with a larger limit.
    case table(Schema)
    /// Bytes of these media types that the handler takes part by part (`RouteInput.stream`), with the largest limit.
    case streamed(types: [String])
    /// A form of these fields, taken in the same way.
    case multipart(Schema)

    /// Bytes.
    package func limit(_ limits: RequestLimits) -> Int {
        switch self {
        case .none, .json: limits.bodyBytes
        case .batch, .largeJSON, .table: limits.batchBytes
        case .streamed, .multipart: limits.uploadBytes
        }
    }
}

/// What a successful answer's body is.
package enum AnswerShape: Sendable {
    case json(Schema)
    case media(type: String)
    /// Bytes of one of these media types, whole or, with 206, the piece that `Range` asks for.
    case bytes(types: [String])
    /// 204.
    case nothing
}

/// Which of the limits per minute counts a request.
package enum RateClass: Sendable {
    /// Per credential; per address without one.
    case general
    /// Per address: sign-in and the like.
    case authentication
    /// Bytes per credential.
    case uploads
    /// Not counted: probes.
    case unlimited
}

/// A query parameter, for the description.
package struct QueryParameter: Sendable {
    package var name: String
    package var schema: Schema
    package var summary: String

    package init(_ name: String, _ schema: Schema, _ summary: String) {
        self.name = name
        self.schema = schema
        self.summary = summary
    }
}
