import Bus
import Contracts
import Foundation
import Hummingbird

/// A route at its full path, in its dialect. A class, since every request hands it on.
///
/// Where two dialects share a prefix and state the same route, one of them is found by its path and has the other one
/// among its `rivals`.
package final class MountedRoute: Sendable {
    package let route: Route
    package let dialect: any Dialect
    /// `/api/clients/{id}`.
    package let template: String
    /// `GET /api/clients/{id}`.
    package let name: String
    /// Its place in `RouteTable.routes`.
    package let index: Int
    /// The same method and path in other dialects.
    let rivals: [MountedRoute]

    init(_ route: Route, of dialect: any Dialect, index: Int, rivals: [MountedRoute] = []) {
        self.route = route
        self.dialect = dialect
        self.index = index
        self.rivals = rivals
        template = Self.template(of: route, in: dialect)
        name = Self.name(of: route, in: dialect)
        let hasOneAccess = rivals.allSatisfy { $0.route.needs == route.needs && $0.route.rate == route.rate }
        precondition(hasOneAccess, "who may use \(name) must not depend on the dialect")
    }

    fileprivate static func name(of route: Route, in dialect: any Dialect) -> String {
        "\(route.method.rawValue) \(template(of: route, in: dialect))"
    }

    private static func template(of route: Route, in dialect: any Dialect) -> String {
        route.path.isEmpty ? dialect.prefix : "\(dialect.prefix)/\(route.path)"
    }

    /// This route or the rival in the dialect that is wanted.
    /// - Parameters:
    ///   - dialect: what the request asks for, before all else.
    ///   - pin: the dialect of its account.
    /// - Throws: `.inputMalformed` when no such dialect is asked for.
    func spoken(asked dialect: String?, pinned pin: String?) throws -> MountedRoute {
        let all = [self] + rivals
        guard let dialect else { return all.first { $0.dialect.name == pin } ?? self }
        if let route = all.first(where: { $0.dialect.name == dialect }) { return route }
        let names = all.map(\.dialect.name).joined(separator: " or ")
        throw Fault(.inputMalformed, "X-API-Dialect must be \(names)", field: "X-API-Dialect")
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

    /// - Parameter dialects: of two with one prefix the first speaks where nothing says otherwise.
    /// - Precondition: no two routes of one dialect have one method and path.
    package init(_ dialects: [any Dialect]) {
        self.dialects = dialects.enumerated().sorted {
            ($1.element.prefix.utf8.count, $0.offset) < ($0.element.prefix.utf8.count, $1.offset)
        }.map(\.element)
        let stated = dialects.flatMap { dialect in dialect.routes.map { (route: $0, dialect: dialect) } }
        // From the last to the first, so that each knows those that come after it.
        var speakers: [String: [MountedRoute]] = [:]
        var mounted: [MountedRoute] = []
        for (index, (route, dialect)) in stated.enumerated().reversed() {
            let name = MountedRoute.name(of: route, in: dialect)
            let route = MountedRoute(route, of: dialect, index: index, rivals: speakers[name, default: []])
            precondition(!route.rivals.contains { $0.dialect.name == dialect.name }, "\(name) is stated twice")
            speakers[name, default: []].append(route)
            mounted.append(route)
        }
        routes = mounted.reversed()
        for route in routes where speakers[route.name]?.last === route { add(route) }
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
