import NIOCore
import NIOHTTP1

/// One connection of the health server: one request after the other, each within its time.
final class HealthHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private let site: HealthSite
    private var head: HTTPRequestHead?
    private var timer: Scheduled<Void>?

    init(site: HealthSite) { self.site = site }

    func handlerAdded(context: ChannelHandlerContext) { restartTimer(context) }

    func handlerRemoved(context: ChannelHandlerContext) { timer?.cancel() }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            self.head = head
        case .body:
            guard let head else { return }
            self.head = nil
            answer(.text(413, "No request here has a body.", closes: true), to: head, on: context)
        case .end:
            guard let head else { return }
            self.head = nil
            route(head, on: context)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

    private func route(_ head: HTTPRequestHead, on context: ChannelHandlerContext) {
        guard head.method == .GET || head.method == .HEAD else {
            return answer(.text(405, "Only GET and HEAD are answered here.", closes: true), to: head, on: context)
        }
        switch head.uri.prefix(while: { $0 != "?" }) {
        case "/livez":
            answer(liveness, to: head, on: context)
        case "/readyz":
            answerReadiness(to: head, on: context)
        case "/metrics":
            let body = site.registry.rendered()
            answer(
                HealthAnswer(status: 200, contentType: PrometheusText.contentType, body: body), to: head, on: context)
        default:
            answer(.text(404, "There are /livez, /readyz and /metrics here."), to: head, on: context)
        }
    }

    private var liveness: HealthAnswer {
        let silence = site.silence
        guard silence > HealthServer.livenessLimit else { return .text(200, "ok") }
        return .text(503, "The tasks of the process have not run for \(silence.components.seconds) s.")
    }

    /// The checks run as tasks; when not even those come back in time, the answer says so.
    private func answerReadiness(to head: HTTPRequestHead, on context: ChannelHandlerContext) {
        let eventLoop = context.eventLoop
        let late = HealthAnswer.json(503, #"{"process":"no answer from the checks"}"# + "\n")
        let first = eventLoop.makePromise(of: HealthAnswer.self)
        let timeout = eventLoop.scheduleTask(in: site.limits.readiness) { first.succeed(late) }
        let report = eventLoop.makeFutureWithTask { [checks = site.checks] in await checks.evaluate() }
        report.whenSuccess { report in
            timeout.cancel()
            first.succeed(.json(report.isReady ? 200 : 503, report.json))
        }
        let bound = NIOLoopBound((self, context), eventLoop: eventLoop)
        first.futureResult.whenSuccess { answer in
            let (handler, context) = bound.value
            handler.answer(answer, to: head, on: context)
        }
    }

    private func answer(_ answer: HealthAnswer, to request: HTTPRequestHead, on context: ChannelHandlerContext) {
        guard context.channel.isActive else { return }
        let keepsAlive = request.isKeepAlive && !answer.closes && !site.checks.isStopping
        var headers = HTTPHeaders([
            ("content-type", answer.contentType), ("content-length", String(answer.body.utf8.count)),
            ("cache-control", "no-store"), ("x-content-type-options", "nosniff"),
        ])
        if !keepsAlive { headers.add(name: "connection", value: "close") }
        let status = HTTPResponseStatus(statusCode: answer.status)
        let head = HTTPResponseHead(version: request.version, status: status, headers: headers)
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        if request.method != .HEAD {
            let body = context.channel.allocator.buffer(string: answer.body)
            context.write(wrapOutboundOut(.body(.byteBuffer(body))), promise: nil)
        }
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        context.writeAndFlush(wrapOutboundOut(.end(nil))).whenComplete { _ in
            let (handler, context) = bound.value
            if keepsAlive { handler.restartTimer(context) } else { context.close(promise: nil) }
        }
    }

    private func restartTimer(_ context: ChannelHandlerContext) {
        timer?.cancel()
        let channel = context.channel
        timer = context.eventLoop.scheduleTask(in: site.limits.exchange) { channel.close(promise: nil) }
    }
}

/// Closes a connection whose request is longer than a limit. The count begins anew after each answer.
final class RequestSizeLimit: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = ByteBuffer

    private let maximumBytes: Int
    private var receivedBytes = 0

    init(maximumBytes: Int) { self.maximumBytes = maximumBytes }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        receivedBytes += unwrapInboundIn(data).readableBytes
        guard receivedBytes <= maximumBytes else { return context.close(promise: nil) }
        context.fireChannelRead(data)
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        receivedBytes = 0
        context.write(data, promise: promise)
    }
}
