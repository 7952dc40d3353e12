import NIOCore
import NIOHTTP1

/// Reads requests of one connection and writes what the data logger answers.
final class DataloggerHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    /// Bodies are read and thrown away; a longer one ends the connection.
    private static let bodyLimitBytes = 65_536

    private let logger: Datalogger
    private let tally: DeviceTally
    private var head: HTTPRequestHead?
    private var bodyBytes = 0

    init(_ logger: Datalogger, _ tally: DeviceTally) {
        self.logger = logger
        self.tally = tally
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            self.head = head
            bodyBytes = 0
        case .body(let bytes):
            bodyBytes += bytes.readableBytes
            if bodyBytes > Self.bodyLimitBytes, let head {
                self.head = nil
                respond(.json(["Error": "Payload Too Large"], status: 413), to: head, closing: true, context)
            }
        case .end:
            guard let head else { return }
            self.head = nil
            respond(answer(to: head), to: head, closing: !head.isKeepAlive, context)
        }
    }

    private func answer(to head: HTTPRequestHead) -> Datalogger.Answer {
        guard head.method == .GET || head.method == .HEAD else {
            return .json(["Error": "Method Not Allowed"], status: 405)
        }
        return logger.answer(target: head.uri)
    }

    private func respond(
        _ answer: Datalogger.Answer, to request: HTTPRequestHead, closing: Bool, _ context: ChannelHandlerContext
    ) {
        tally.count {
            $0.requests += 1
            if answer.status >= 400 { $0.refusals += 1 }
        }
        let body = context.channel.allocator.buffer(string: answer.body)
        let headers: HTTPHeaders = [
            "Content-Type": answer.contentType, "Content-Length": String(body.readableBytes),
            "Connection": closing ? "close" : "keep-alive", "Cache-Control": "no-store",
            "X-Plant": logger.identity.plant, "X-Device": logger.identity.device,
        ]
        let head = HTTPResponseHead(
            version: request.version, status: HTTPResponseStatus(statusCode: answer.status), headers: headers)
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        if request.method != .HEAD { context.write(wrapOutboundOut(.body(.byteBuffer(body))), promise: nil) }
        let written = context.writeAndFlush(wrapOutboundOut(.end(nil)))
        if closing {
            let channel = context.channel
            written.whenComplete { _ in channel.close(promise: nil) }
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
