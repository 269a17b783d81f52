// A route that two dialects state at one place, for a description of both.

extension Route {
    func isAt(_ other: Route) -> Bool { method == other.method && path == other.path }

    /// This route, taking and answering what the other one does, too; an answer with another status is left out.
    func described(beside other: Route) -> Route {
        var route = self
        route.query += other.query.filter { theirs in !query.contains { $0.name == theirs.name } }
        if case (.json(let mine), .json(let theirs)) = (body, other.body) { route.body = .json(.any(of: mine, theirs)) }
        if status == other.status, case (.json(let mine), .json(let theirs)) = (answer, other.answer) {
            route.answer = .json(.any(of: mine, theirs))
        }
        return route
    }
}

extension Schema {
    fileprivate static func any(of first: Schema, _ second: Schema) -> Schema {
        Schema(["anyOf": [first.json, second.json]], components: merged([first, second]))
    }
}
