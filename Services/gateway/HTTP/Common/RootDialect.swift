import Bus

/// What stands at `/` beside the products: probes, and the routes that every surface has.
package struct RootDialect: Dialect {
    package let name = "switchboard"
    package let prefix = ""
    package let routes: [Route]
    package let errorSchema = DefaultRefusal.schema

    package init(_ routes: [Route]) {
        self.routes = routes
    }

    package func spell(_ fault: Fault) -> Refusal {
        DefaultRefusal.of(fault)
    }
}
