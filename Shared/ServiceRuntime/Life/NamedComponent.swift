import ServiceLifecycle

/// Why a component of a process ended before it was asked to.
struct ComponentFailure: Error, CustomStringConvertible {
    /// The component's type.
    let component: String
    /// What it threw; nil when it simply returned.
    let cause: (any Error)?

    var description: String {
        guard let cause else { return "\(component) ended by itself." }
        let sentence = "\(cause)"
        return "\(component) failed: \(sentence)" + (sentence.hasSuffix(".") ? "" : ".")
    }
}

/// A component as the process runs it: ending early is a failure, except while the process stops anyway.
struct NamedComponent: Service {
    let component: any Service
    let readiness: ReadinessChecks

    var name: String { "\(type(of: component))" }

    func run() async throws {
        do {
            try await component.run()
        } catch is CancellationError where Task.isCancelled {
            return
        } catch {
            throw ComponentFailure(component: name, cause: error)
        }
        if Task.isCancelled || Task.isShuttingDownGracefully { return }
        guard readiness.isStopping else { throw ComponentFailure(component: name, cause: nil) }
        try? await gracefulShutdown()
    }
}

/// The last component of each process, hence the first that hears of its end: it makes the process not ready.
struct StopNotice: Service {
    let readiness: ReadinessChecks
    let onStop: @Sendable () -> Void

    func run() async throws {
        try? await gracefulShutdown()
        readiness.markStopping()
        onStop()
    }
}
