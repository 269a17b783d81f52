import Foundation
import Logging

/// A bus inside one process, for unit tests: encodes and decodes each message, so that the contracts are exercised too.
package final class InMemoryBus: Bus, @unchecked Sendable {
    private let lock = NSLock()
    private var handlers = ServedHandlers()
    private var listeners: [String: [@Sendable ([UInt8]) -> Void]] = [:]
    private let logger: Logger
    private let defaultTimeoutMS: Int

    package init(logger: Logger = Logger(label: "bus"), defaultTimeoutMS: Int = 5000) {
        self.logger = logger
        self.defaultTimeoutMS = defaultTimeoutMS
    }

    package func serve<Request: BusRequest>(
        _ type: Request.Type, _ handler: @escaping @Sendable (Request, Caller) async throws -> Request.Reply
    ) {
        lock.withLock { handlers.add(type, logger: logger, handler) }
    }

    package func ask<Request: BusRequest>(
        _ request: Request, as caller: Caller, within milliseconds: Int?
    ) async throws -> Request.Reply {
        let context = RequestContext.forAsking(within: milliseconds, or: defaultTimeoutMS)
        let header = RequestHeader(
            correlation: 1, budgetMS: context.deadline.budgetMS, subject: Request.subject.name,
            requestID: context.requestID, traceparent: context.traceparent, caller: caller)
        let frame = header.encoded(with: request)
        var reader = MessageReader(frame)
        let received = try RequestHeader(from: &reader)
        guard let entry = lock.withLock({ handlers[received.subject] }) else {
            throw Fault.unreachable(Request.subject.owner)
        }
        try Task.checkCancellation()
        guard !context.deadline.hasPassed else { throw Fault.deadlinePassed() }
        let result = await RequestContext.$current.withValue(context) { [offset = reader.position] in
            await entry.answer(frame, offset, received.caller)
        }
        let reply = try ReplyEnvelope(decoding: ReplyEnvelope(correlation: 1, result: result).encoded())
        return try Request.Reply.decoded(from: try reply.result.get())
    }

    package func publish<Notice: BusNotice>(_ notice: Notice) {
        let bytes = notice.encoded()
        for listener in lock.withLock({ listeners[Notice.subject.name] ?? [] }) { listener(bytes) }
    }

    package func subscribe<Notice: BusNotice>(
        to type: Notice.Type, missed: @escaping @Sendable () -> Void, _ body: @escaping @Sendable (Notice) -> Void
    ) {
        lock.withLock {
            listeners[Notice.subject.name, default: []].append { bytes in
                if let notice = try? Notice.decoded(from: bytes) { body(notice) }
            }
        }
        missed()
    }
}
