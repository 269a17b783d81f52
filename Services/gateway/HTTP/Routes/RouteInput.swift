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
    package let contentType: String?
    package let idempotencyKey: String?
    let client: NetworkAddress
    let userAgent: String?
    /// `POST /api/calls`: what an idempotency key belongs to, beside workspace and credential.
    package let routeName: String
    package let bus: any Asking
    package let makeID: @Sendable () -> UUID

    /// Where the request comes from, for records of sign-ins.
    package var origin: ClientOrigin {
        ClientOrigin(address: client.description, userAgent: String((userAgent ?? "").prefix(255)))
    }

    package func ask<Request: BusRequest>(_ request: Request) async throws -> Request.Reply {
        try await bus.ask(request, as: caller)
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
}
