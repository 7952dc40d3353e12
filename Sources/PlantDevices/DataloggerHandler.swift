import DeviceModel
import NIOCore
import NIOHTTP1

/// Reads requests of one connection and writes what the data logger answers.
final class DataloggerHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    /// A longer body ends the connection.
    private static let bodyLimitBytes = 65_536
    /// In how many pieces a slow body comes.
    private static let slowPieces = 10

    private let station: DataloggerStation
    private var head: HTTPRequestHead?
    private var body = ByteBuffer()

    init(_ station: DataloggerStation) {
        self.station = station
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            self.head = head
            body.clear()
        case .body(var bytes):
            guard let head else { return }
            guard body.readableBytes + bytes.readableBytes <= Self.bodyLimitBytes else {
                self.head = nil
                return respond(.json(["Error": "Payload Too Large"], status: 413), to: head, closing: true, context)
            }
            body.writeBuffer(&bytes)
        case .end:
            guard let head else { return }
            self.head = nil
            answer(head, context)
        }
    }

    private func answer(_ head: HTTPRequestHead, _ context: ChannelHandlerContext) {
        let fault = station.record.faults.current
        guard !fault.isSilent else { return station.record.tally.count { $0.requests += 1 } }
        let answer: Datalogger.Answer
        if let status = fault.httpStatus {
            answer = .json(["Error": .string("\(HTTPResponseStatus(statusCode: status))")], status: status)
        } else {
            answer = station.logger.answer(
                WebRequest(
                    method: head.method.rawValue, target: head.uri, body: Array(body.readableBytesView),
                    authorization: head.headers.first(name: "authorization")))
        }
        let delay = fault.delay.map { $0.at(Double.random(in: 0...1)) } ?? 0
        guard delay > 0 else { return respond(answer, to: head, closing: !head.isKeepAlive, context) }
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        context.eventLoop.scheduleTask(in: .nanoseconds(Int64(delay * 1e9))) {
            let (handler, context) = bound.value
            guard context.channel.isActive else { return }
            handler.respond(answer, to: head, closing: !head.isKeepAlive, context)
        }
    }

    private func respond(
        _ answer: Datalogger.Answer, to request: HTTPRequestHead, closing: Bool, _ context: ChannelHandlerContext
    ) {
        station.record.tally.count {
            $0.requests += 1
            if answer.status >= 400 { $0.refusals += 1 }
        }
        let body = context.channel.allocator.buffer(string: answer.body)
        let identity = station.logger.identity
        var headers: HTTPHeaders = [
            "Content-Type": answer.contentType, "Content-Length": String(body.readableBytes),
            "Connection": closing ? "close" : "keep-alive", "Cache-Control": "no-store",
            "X-Plant": identity.plant, "X-Device": identity.device,
        ]
        if let server = answer.server { headers.add(name: "Server", value: server) }
        let head = HTTPResponseHead(
            version: request.version, status: HTTPResponseStatus(statusCode: answer.status), headers: headers)
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        if request.method != .HEAD {
            if let seconds = station.record.faults.current.slowBodySeconds, seconds > 0, body.readableBytes > 0 {
                context.flush()
                return trickle(body, pieces: Self.slowPieces, seconds: seconds, closing: closing, context)
            }
            context.write(wrapOutboundOut(.body(.byteBuffer(body))), promise: nil)
        }
        finish(closing: closing, context)
    }

    private func finish(closing: Bool, _ context: ChannelHandlerContext) {
        let written = context.writeAndFlush(wrapOutboundOut(.end(nil)))
        if closing {
            let channel = context.channel
            written.whenComplete { _ in channel.close(promise: nil) }
        }
    }

    /// The rest of a body, a piece at a time.
    private func trickle(
        _ body: ByteBuffer, pieces: Int, seconds: Double, closing: Bool, _ context: ChannelHandlerContext
    ) {
        var body = body
        let count = pieces <= 1 ? body.readableBytes : max(1, body.readableBytes / pieces)
        guard let piece = body.readSlice(length: min(count, body.readableBytes)) else { return }
        context.writeAndFlush(wrapOutboundOut(.body(.byteBuffer(piece))), promise: nil)
        let rest = body
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        context.eventLoop.scheduleTask(in: .nanoseconds(Int64(seconds / Double(Self.slowPieces) * 1e9))) {
            let (handler, context) = bound.value
            guard context.channel.isActive else { return }
            guard rest.readableBytes > 0 else { return handler.finish(closing: closing, context) }
            handler.trickle(rest, pieces: pieces - 1, seconds: seconds, closing: closing, context)
        }
    }

    /// A client that does not take its answers is not read from.
    func channelWritabilityChanged(context: ChannelHandlerContext) {
        context.channel.setOption(.autoRead, value: context.channel.isWritable).whenFailure { _ in }
        context.fireChannelWritabilityChanged()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if event is IdleStateHandler.IdleStateEvent {
            context.close(promise: nil)
        } else {
            context.fireUserInboundEventTriggered(event)
        }
    }

    /// What is not HTTP is told so, unless a request is being read; after that the stream cannot be understood.
    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard error is HTTPParserError, head == nil else { return context.close(promise: nil) }
        let request = HTTPRequestHead(version: .http1_1, method: .GET, uri: "")
        respond(.json(["Error": "Bad Request"], status: 400), to: request, closing: true, context)
    }
}
