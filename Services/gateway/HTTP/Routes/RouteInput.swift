import Bus
import Contracts
import Foundation
import Hummingbird

/// What a route's handler is given: a request that is authenticated, allowed and read.
package struct RouteInput: Sendable {
    package let caller: Caller
    /// The values of the path's `{…}` in their order, percent-decoded.
    package let segments: [String]
    package let query: Query
    package let body: ByteBuffer
    /// The body of a route that takes it part by part; nil elsewhere.
    package let stream: BodyStream?
    package let contentType: String?
    package let idempotencyKey: String?
    let ifMatch: String?
    let authorization: String?
    let client: NetworkAddress
    let userAgent: String?
    let headers: HTTPFields
    /// `https://api.example.com`, as the asker sees it; empty when the request does not say.
    let site: String
    /// Of the dialect: `/api`.
    let prefix: String
    let links: LinkSigner
    package let storage: any ByteStorage
    let reached: @Sendable (String) async -> Void
    /// `POST /api/calls`: what an idempotency key belongs to, beside workspace and credential.
    package let routeName: String
    package let bus: any Asking
    package let makeID: @Sendable () -> UUID

    /// Where the request comes from, for records of sign-ins.
    package var origin: ClientOrigin {
        ClientOrigin(address: client.description, userAgent: String((userAgent ?? "").prefix(255)))
    }

    /// What stands behind `Bearer` in `Authorization`, unchecked: for a route whose credential is no access token.
    package var bearer: String? { authorization.flatMap(Authentication.bearer) }

    package func ask<Request: BusRequest>(_ request: Request) async throws -> Request.Reply {
        try await bus.ask(request, as: caller)
    }

    /// Asks with a deadline of its own: a handler that streams may last longer than one that does not.
    package func ask<Request: BusRequest>(_ request: Request, within milliseconds: Int) async throws -> Request.Reply {
        var context = AskContext.current
        context?.deadline = .after(milliseconds: milliseconds)
        return try await AskContext.$current.withValue(context) { try await ask(request) }
    }

    /// The first value of a header.
    package func header(_ name: HeaderName) -> String? {
        headers.first(name)
    }

    /// The body as an object of this shape.
    package func json<Body: JSONRead>(_ type: Body.Type) throws -> Body {
        try Body(JSONFields(body))
    }

    /// The id in the path; one that is no UUID is the id of nothing.
    package func id<Entity>(orElse missing: FaultCode) throws -> Identifier<Entity> {
        guard let segment = segments.first, let id = Identifier<Entity>(segment) else { throw Fault(missing) }
        return id
    }

    /// The second id in the path.
    package func secondID<Entity>(orElse missing: FaultCode) throws -> Identifier<Entity> {
        guard segments.count > 1, let id = Identifier<Entity>(segments[1]) else { throw Fault(missing) }
        return id
    }

    /// The version that `If-Match` asks for, as `ETag` showed it; nil when any will do.
    /// - Throws: `.versionChanged` for a text that no version has.
    package func expectedVersion() throws -> Int? {
        guard let ifMatch, ifMatch != "*" else { return nil }
        let text = ifMatch.hasPrefix("W/") ? ifMatch.dropFirst(2) : ifMatch[...]
        guard let version = Int(text.drop { $0 == "\"" }.prefix { $0 != "\"" }) else { throw Fault(.versionChanged) }
        return version
    }
}
