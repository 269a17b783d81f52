import Contracts
import Foundation
import Hummingbird

/// A route at its full path, in its dialect. A class, since every request hands it on.
package final class MountedRoute: Sendable {
    package let route: Route
    package let dialect: any Dialect
    /// `/api/clients/{id}`.
    package let template: String
    /// `GET /api/clients/{id}`.
    package let name: String
    /// Its place in `RouteTable.routes`.
    package let index: Int

    init(_ route: Route, of dialect: any Dialect, index: Int) {
        self.route = route
        self.dialect = dialect
        self.index = index
        template = route.path.isEmpty ? dialect.prefix : "\(dialect.prefix)/\(route.path)"
        name = "\(route.method.rawValue) \(template)"
    }
}

/// All routes of all dialects, found by path. A path belongs to the dialect with the longest prefix that fits.
package struct RouteTable: Sendable {
    /// What a path and method lead to.
    package enum Match: Sendable {
        case route(MountedRoute, segments: [String])
        case otherMethods([HTTPRequest.Method])
        case nothing
    }

    private struct Methods: Sendable {
        var byMethod: [(method: HTTPRequest.Method, index: Int)] = []

        func index(_ method: HTTPRequest.Method) -> Int? {
            byMethod.first { $0.method == method }?.index ?? (method == .head ? index(.get) : nil)
        }

        var allowed: [HTTPRequest.Method] {
            let methods = byMethod.map(\.method)
            return (methods.contains(.get) ? methods + [.head] : methods) + [.options]
        }
    }

    private struct Pattern: Sendable {
        /// Nil stands for any segment.
        let segments: [String?]
        var methods: Methods

        func values(of path: [Substring]) -> [Substring]? {
            guard path.count == segments.count else { return nil }
            var values: [Substring] = []
            for (segment, expected) in zip(path, segments) {
                guard let expected else {
                    values.append(segment)
                    continue
                }
                guard segment == expected else { return nil }
            }
            return values
        }
    }

    package let routes: [MountedRoute]
    package let dialects: [any Dialect]
    private var exact: [String: Methods] = [:]
    private var patterns: [Pattern] = []

    /// - Precondition: no two routes have one method and path.
    package init(_ dialects: [any Dialect]) {
        self.dialects = dialects.sorted { $0.prefix.utf8.count > $1.prefix.utf8.count }
        var routes: [MountedRoute] = []
        for dialect in dialects {
            for route in dialect.routes {
                routes.append(MountedRoute(route, of: dialect, index: routes.count))
            }
        }
        self.routes = routes
        precondition(Set(routes.map(\.name)).count == routes.count, "a route is stated twice")
        for route in routes { add(route) }
    }

    private mutating func add(_ route: MountedRoute) {
        let entry = (route.route.method, route.index)
        guard route.template.contains("{") else {
            exact[route.template, default: Methods()].byMethod.append(entry)
            return
        }
        let segments = route.template.dropFirst().split(separator: "/").map { $0.hasPrefix("{") ? nil : String($0) }
        if let known = patterns.firstIndex(where: { $0.segments == segments }) {
            patterns[known].methods.byMethod.append(entry)
        } else {
            patterns.append(Pattern(segments: segments, methods: Methods(byMethod: [entry])))
        }
    }

    /// - Parameter path: without the query; one slash at its end is overlooked.
    package func match(_ method: HTTPRequest.Method, _ path: Substring) -> Match {
        let path = path.utf8.count > 1 && path.utf8.last == UInt8(ascii: "/") ? path.dropLast() : path
        if let methods = exact[String(path)] { return match(method, methods, []) }
        guard path.utf8.first == UInt8(ascii: "/") else { return .nothing }
        let segments = path.dropFirst().split(separator: "/", omittingEmptySubsequences: false)
        for pattern in patterns {
            if let values = pattern.values(of: segments) { return match(method, pattern.methods, values) }
        }
        return .nothing
    }

    private func match(_ method: HTTPRequest.Method, _ methods: Methods, _ values: [Substring]) -> Match {
        guard let index = methods.index(method) else { return .otherMethods(methods.allowed) }
        return .route(routes[index], segments: values.map { $0.removingPercentEncoding ?? String($0) })
    }

    /// Whose error bodies a path has.
    package func dialect(of path: Substring) -> any Dialect {
        dialects.first { path == $0.prefix || path.hasPrefix($0.prefix + "/") } ?? dialects[dialects.count - 1]
    }
}
