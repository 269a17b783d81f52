import Bus
import Contracts
import Hummingbird

// How a dialect states its routes: method, path, what it needs, what it is for; then what is asked and how it is shown.

extension Route {
    /// A route that asks one question and shows its reply.
    package static func get<Request: BusRequest, Shown: JSONShown>(
        _ path: String, needs: Access, _ summary: String, query: [QueryParameter] = [],
        ask: @escaping @Sendable (RouteInput) throws -> Request, show: @escaping @Sendable (Request.Reply) -> Shown
    ) -> Route {
        asking(.get, path, .ok, needs, summary, ask, show).with(query: query)
    }

    /// A route that works out what it shows.
    package static func get<Shown: JSONShown>(
        _ path: String, needs: Access, _ summary: String, query: [QueryParameter] = [],
        priority: AdmissionPriority = .read, show: @escaping @Sendable (RouteInput) async throws -> Shown
    ) -> Route {
        var route = Route(.get, path, needs: needs, status: .ok, summary: summary, answer: .json(Shown.schema)) {
            Answer(.ok, try await show($0))
        }
        route.query = query
        route.priority = priority
        return route
    }

    package static func post<Body: JSONRead, Request: BusRequest, Shown: JSONShown>(
        _ path: String, _ status: HTTPResponse.Status = .ok, needs: Access, _ summary: String,
        ask: @escaping @Sendable (Body, RouteInput) throws -> Request,
        show: @escaping @Sendable (Request.Reply) -> Shown
    ) -> Route {
        asking(.post, path, status, needs, summary, { try ask(try $0.json(Body.self), $0) }, show)
            .with(body: .json(Body.schema))
    }

    /// A question whose reply says whether it is the first one again.
    package static func post<Body: JSONRead, Request: BusRequest, Shown: JSONShown>(
        _ path: String, _ status: HTTPResponse.Status = .ok, needs: Access, _ summary: String,
        ask: @escaping @Sendable (Body, RouteInput) throws -> Request,
        show: @escaping @Sendable (Request.Reply) -> Shown
    ) -> Route where Request.Reply: Replayable {
        asking(.post, path, status, needs, summary, { try ask(try $0.json(Body.self), $0) }, show)
            .with(body: .json(Body.schema))
    }

    /// A POST without a body.
    package static func post<Request: BusRequest, Shown: JSONShown>(
        _ path: String, _ status: HTTPResponse.Status = .ok, needs: Access, _ summary: String,
        ask: @escaping @Sendable (RouteInput) throws -> Request, show: @escaping @Sendable (Request.Reply) -> Shown
    ) -> Route {
        asking(.post, path, status, needs, summary, ask, show)
    }

    package static func post<Request: BusRequest, Shown: JSONShown>(
        _ path: String, _ status: HTTPResponse.Status = .ok, needs: Access, _ summary: String,
        ask: @escaping @Sendable (RouteInput) throws -> Request, show: @escaping @Sendable (Request.Reply) -> Shown
    ) -> Route where Request.Reply: Replayable {
        asking(.post, path, status, needs, summary, ask, show)
    }

    package static func put<Body: JSONRead, Request: BusRequest, Shown: JSONShown>(
        _ path: String, needs: Access, _ summary: String,
        ask: @escaping @Sendable (Body, RouteInput) throws -> Request,
        show: @escaping @Sendable (Request.Reply) -> Shown
    ) -> Route {
        asking(.put, path, .ok, needs, summary, { try ask(try $0.json(Body.self), $0) }, show)
            .with(body: .json(Body.schema))
    }

    package static func delete<Request: BusRequest, Shown: JSONShown>(
        _ path: String, needs: Access, _ summary: String,
        ask: @escaping @Sendable (RouteInput) throws -> Request, show: @escaping @Sendable (Request.Reply) -> Shown
    ) -> Route {
        asking(.delete, path, .ok, needs, summary, ask, show)
    }

    /// A change of some fields.
    package static func patch<Body: JSONRead, Request: BusRequest, Shown: JSONShown>(
        _ path: String, needs: Access, _ summary: String,
        ask: @escaping @Sendable (Body, RouteInput) throws -> Request,
        show: @escaping @Sendable (Request.Reply) -> Shown
    ) -> Route {
        asking(.patch, path, .ok, needs, summary, { try ask(try $0.json(Body.self), $0) }, show)
            .with(body: .json(Body.schema))
    }

    /// A deletion that answers 204.
    package static func remove<Request: BusRequest>(
        _ path: String, needs: Access, _ summary: String, ask: @escaping @Sendable (RouteInput) throws -> Request
    ) -> Route {
        Route(.delete, path, needs: needs, status: .noContent, summary: summary, answer: .nothing) {
            _ = try await $0.ask(try ask($0))
            return .nothing
        }
    }

    /// A route that answers a bare array.
    package static func list<Shown: JSONShown>(
        _ path: String, needs: Access, _ summary: String, query: [QueryParameter] = [],
        priority: AdmissionPriority = .read, show: @escaping @Sendable (RouteInput) async throws -> [Shown]
    ) -> Route {
        var route = Route(
            .get, path, needs: needs, status: .ok, summary: summary, answer: .json(.array(of: Shown.schema))
        ) {
            Answer(.ok, list: try await show($0))
        }
        route.query = query
        route.priority = priority
        return route
    }

    /// A route that answers a bare array page by page; where it goes on, `Link` says so.
    package static func pages<Shown: JSONShown>(
        _ path: String, needs: Access, _ summary: String, query: [QueryParameter] = [],
        show: @escaping @Sendable (RouteInput) async throws -> (shown: [Shown], next: PageCursor?)
    ) -> Route {
        var route = Route(
            .get, path, needs: needs, status: .ok, summary: summary, answer: .json(.array(of: Shown.schema))
        ) { input in
            let (shown, next) = try await show(input)
            var answer = Answer(.ok, list: shown)
            if let next { answer.headers[.link] = input.nextLink(next) }
            return answer
        }
        route.query = query + [QueryParameter("cursor", .text(), "Of the `Link` of the page before.")]
        return route
    }

    /// The same route counted by another limit.
    package func counted(_ rate: RateClass) -> Route {
        var route = self
        route.rate = rate
        return route
    }

    private func with(query: [QueryParameter]) -> Route {
        var route = self
        route.query = query
        return route
    }

    private func with(body: BodyRule) -> Route {
        var route = self
        route.body = body
        return route
    }

    private static func asking<Request: BusRequest, Shown: JSONShown>(
        _ method: HTTPRequest.Method, _ path: String, _ status: HTTPResponse.Status, _ needs: Access, _ summary: String,
        _ ask: @escaping @Sendable (RouteInput) throws -> Request, _ show: @escaping @Sendable (Request.Reply) -> Shown
    ) -> Route {
        var route = Route(method, path, needs: needs, status: status, summary: summary, answer: .json(Shown.schema)) {
            Answer(status, show(try await $0.ask(try ask($0))))
        }
        route.priority = Request.priority
        return route
    }

    private static func asking<Request: BusRequest, Shown: JSONShown>(
        _ method: HTTPRequest.Method, _ path: String, _ status: HTTPResponse.Status, _ needs: Access, _ summary: String,
        _ ask: @escaping @Sendable (RouteInput) throws -> Request, _ show: @escaping @Sendable (Request.Reply) -> Shown
    ) -> Route where Request.Reply: Replayable {
        var route = Route(method, path, needs: needs, status: status, summary: summary, answer: .json(Shown.schema)) {
            let reply = try await $0.ask(try ask($0))
            var answer = Answer(status, show(reply))
            answer.isReplayed = reply.isReplayed
            return answer
        }
        route.priority = Request.priority
        return route
    }
}
