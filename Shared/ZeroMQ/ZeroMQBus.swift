import Bus
import Logging

/// The bus between processes, over libzmq.
///
/// Order of use: `serve` and `subscribe`, then `start`, then ask and publish; `drain` and `close` at the end. Asking
/// before the start or after the end is `.unavailable`. A bus that was started must be closed: its threads do not end by
/// themselves.
package final class ZeroMQBus: Bus {
    private let configuration: ZeroMQBusConfiguration
    private let logger: Logger
    private let asker: Asker
    private let server: Server
    private let news: News
    private let setup = Locked(Setup())

    /// What is registered before the start, and what runs after it.
    private struct Setup {
        var handlers = ServedHandlers()
        var listeners: [String: [NoticeListener]] = [:]
        var running: RunningBus?
        var isClosed = false
    }

    package init(_ configuration: ZeroMQBusConfiguration, logger: Logger) {
        self.configuration = configuration
        self.logger = logger
        asker = Asker(owners: configuration.owners.keys.sorted(), limits: configuration.limits)
        server = Server(limits: configuration.limits, logger: logger)
        news = News(limit: configuration.limits.noticesQueued, isPublisher: configuration.eventsBind != nil)
    }

    // MARK: Bus

    package func serve<Request: BusRequest>(
        _ type: Request.Type, _ handler: @escaping @Sendable (Request, Caller) async throws -> Request.Reply
    ) {
        setup.withLock { setup in
            precondition(setup.running == nil, "\(Request.subject) is served after the start")
            setup.handlers.add(type, logger: logger, handler)
        }
    }

    package func subscribe<Notice: BusNotice>(
        to type: Notice.Type, missed: @escaping @Sendable () -> Void, _ body: @escaping @Sendable (Notice) -> Void
    ) {
        let listener = NoticeListener(subject: Notice.subject.name, missed: missed) { frame, offset in
            var reader = MessageReader(frame, from: offset)
            guard let notice = try? Notice(from: &reader), reader.isAtEnd else { return false }
            body(notice)
            return true
        }
        setup.withLock { setup in
            precondition(setup.running == nil, "\(Notice.subject) is subscribed to after the start")
            setup.listeners[Notice.subject.owner, default: []].append(listener)
        }
    }

    package func ask<Request: BusRequest>(
        _ request: Request, as caller: Caller, within milliseconds: Int?
    ) async throws -> Request.Reply {
        try Task.checkCancellation()
        let context = RequestContext.forAsking(within: milliseconds, or: configuration.limits.timeoutMS)
        let frame = try await asker.ask(
            owner: Request.subject.owner, deadline: context.deadline, isRepeatable: Request.isRepeatable
        ) { id in
            RequestHeader(
                correlation: id, budgetMS: context.deadline.budgetMS, subject: Request.subject.name,
                requestID: context.requestID, traceparent: context.traceparent, caller: caller
            ).encoded(with: request)
        }
        return try decode(Request.self, from: frame)
    }

    private func decode<Request: BusRequest>(_ type: Request.Type, from frame: [UInt8]) throws -> Request.Reply {
        var reader = MessageReader(frame, from: FrameLayout.header)
        do {
            guard frame[1] == WireKind.reply.rawValue else { throw try Fault(from: &reader) }
            let reply = try Request.Reply(from: &reader)
            guard reader.isAtEnd else { throw MalformedMessage("\(reader.remaining) bytes left over") }
            return reply
        } catch let fault as Fault {
            throw fault
        } catch {
            logger.error("malformed reply", metadata: ["subject": "\(Request.subject)", "cause": "\(error)"])
            throw Fault.unexpected()
        }
    }

    package func publish<Notice: BusNotice>(_ notice: Notice) {
        news.publish(notice, to: Notice.subject)
    }

    // MARK: Life

    /// Binds and starts the threads.
    /// - Throws: `ZeroMQFailure` when an endpoint cannot be bound or is taken; `CurveKeyError` when a key is missing.
    package func start() throws {
        try setup.withLock { setup in
            precondition(setup.running == nil && !setup.isClosed, "a bus starts once")
            setup.running = try RunningBus(
                configuration, logger: logger, asker: asker, server: server, news: news, handlers: setup.handlers,
                listeners: setup.listeners)
        }
    }

    /// Where questions are answered and news is published, with the ports that were chosen; nil where nothing is bound.
    package var boundEndpoints: (requests: String?, events: String?) {
        setup.withLock { ($0.running?.requestsEndpoint, $0.running?.eventsEndpoint) }
    }

    /// Tells askers to turn to other processes, and waits until what was taken is answered or the time is over. Asking
    /// goes on, for the work that is in flight.
    package func drain(within milliseconds: Int) async {
        guard let running = setup.withLock({ $0.running }), running.isServing else { return }
        server.drain()
        let timer = Timer(milliseconds: milliseconds) { self.server.drained.open() }
        await server.drained.wait()
        timer.cancel()
    }

    /// Ends everything; questions in flight fail. Waits for the threads and at most a second for answers to leave.
    package func close() async {
        let running = setup.withLock { setup in
            setup.isClosed = true
            return setup.running
        }
        await running?.close()
    }

    /// How it stands and what was counted.
    package var stats: BusStats {
        var stats = BusStats()
        asker.state.withLock { state in
            for owner in state.owners { stats.asking[owner.name] = owner.stats }
        }
        stats.serving = server.state.withLock { $0.stats }
        stats.news = news.state.withLock { $0.stats }
        return stats
    }
}
