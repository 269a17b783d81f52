/// Asks other services.
package protocol Asking: Sendable {
    /// Sends the question to one live process of its owner and waits for the answer.
    ///
    /// The deadline is that of the current `RequestContext`, or `milliseconds` from now if that is sooner or there is no context.
    /// - Throws: a `Fault`, always: the owner's own, `.unavailable` (nobody there: nothing was done), `.overloaded`
    ///   (nothing was done) or `.deadlinePassed` (outcome unknown); `CancellationError` when the task is cancelled.
    func ask<Request: BusRequest>(
        _ request: Request, as caller: Caller, within milliseconds: Int?
    ) async throws -> Request.Reply
}

extension Asking {
    package func ask<Request: BusRequest>(_ request: Request, as caller: Caller) async throws -> Request.Reply {
        try await ask(request, as: caller, within: nil)
    }
}

/// Answers questions of other services.
package protocol Serving: Sendable {
    /// Registers the handler of a subject; before the bus is started, once per subject.
    func serve<Request: BusRequest>(
        _ type: Request.Type, _ handler: @escaping @Sendable (Request, Caller) async throws -> Request.Reply)
}

/// Publishes and hears news. News may be lost; see `BusNotice`.
package protocol Announcing: Sendable {
    /// Returns at once; a slow or absent listener misses it.
    func publish<Notice: BusNotice>(_ notice: Notice)

    /// Hears a subject from every process of its owner, from now on. `missed` is called when news may have been lost
    /// (start, reconnect), so that the listener asks the owner. Both are called from one thread and must not block.
    func subscribe<Notice: BusNotice>(
        to type: Notice.Type, missed: @escaping @Sendable () -> Void, _ body: @escaping @Sendable (Notice) -> Void)
}

/// All of it: what a service is given.
package protocol Bus: Asking, Serving, Announcing {}
