import ControlProtocol
import Foundation
import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization

/// A control plane that holds revisions and remembers what it was told, over real HTTP.
final class FakeControlPlane: Sendable {
    struct State {
        var revisions: [Revision] = []
        var leaseSeconds: Double?
        var acknowledgements: [Acknowledgement] = []
        var peers: [PeerReport] = []
        var flows: [FlowRecord] = []
        var heartbeats: [(authorization: String?, source: String?)] = []
        var polls: [String] = []
        /// Requests that are answered 503 first.
        var failures = 0
    }

    let state = Mutex(State())
    private let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    private let channel = Mutex<(any Channel)?>(nil)
    let port: Int

    init() async throws {
        let box = Mutex<FakeControlPlane?>(nil)
        let shared = Box(box)
        let channel = try await ServerBootstrap(group: group)
            .childChannelInitializer { channel in
                channel.pipeline.configureHTTPServerPipeline().flatMapThrowing {
                    try channel.pipeline.syncOperations.addHandler(Handler(shared))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        port = channel.localAddress?.port ?? 0
        self.channel.withLock { $0 = channel }
        shared.value.withLock { $0 = self }
    }

    final class Box: Sendable {
        let value: Mutex<FakeControlPlane?>

        init(_ value: consuming Mutex<FakeControlPlane?>) { self.value = value }
    }

    var base: String { "http://127.0.0.1:\(port)" }

    func stop() async throws {
        let channel = channel.withLock { $0 }
        try await channel?.close()
        try await group.shutdownGracefully()
    }

    /// Waits until what was told satisfies the condition; `false` after five seconds.
    func wait(until isTrue: @Sendable (borrowing State) -> Bool) async -> Bool {
        for _ in 0..<500 {
            if state.withLock({ isTrue($0) }) { return true }
            try? await Task.sleep(for: .milliseconds(10))
        }
        return false
    }

    /// Answers a request; `nil` while a long poll has nothing to tell.
    func answer(_ head: HTTPRequestHead, _ body: Data, from source: String?, isFirstLook: Bool = true) -> (
        HTTPResponseStatus, Data
    )? {
        state.withLock { state -> (HTTPResponseStatus, Data)? in
            if state.failures > 0 {
                state.failures -= 1
                return (.serviceUnavailable, Data())
            }
            let path = head.uri.prefix { $0 != "?" }
            do {
                switch path {
                case "/api/v1/gateway/revisions":
                    if isFirstLook { state.polls.append(head.uri) }
                    let since = UInt64(head.uri.split(separator: "=")[1].prefix { $0.isNumber }) ?? 0
                    let current = state.revisions.last?.number ?? 0
                    if since == current { return nil }
                    var new = state.revisions.filter { $0.number > since }
                    if since == 0 { new = [new.last].compactMap { $0 } }
                    return (
                        .ok, try JSONEncoder().encode(RevisionBatch(revisions: new, leaseSeconds: state.leaseSeconds))
                    )
                case "/api/v1/gateway/acks":
                    state.acknowledgements.append(try JSONDecoder().decode(Acknowledgement.self, from: body))
                case "/api/v1/gateway/peers":
                    state.peers.append(try JSONDecoder().decode(PeerReport.self, from: body))
                case "/api/v1/gateway/flows":
                    state.flows += try JSONDecoder().decode(FlowReport.self, from: body).flows
                case "/api/v1/agent/heartbeat":
                    _ = try JSONDecoder().decode(Heartbeat.self, from: body)
                    state.heartbeats.append((head.headers.first(name: "Authorization"), source))
                default:
                    return (.notFound, Data(#"{"type":"urn:mirox:problem:not-found"}"#.utf8))
                }
            } catch {
                return (.badRequest, Data("\(error)".utf8))
            }
            return (.noContent, Data())
        }
    }

    private final class Handler: ChannelInboundHandler {
        typealias InboundIn = HTTPServerRequestPart
        typealias OutboundOut = HTTPServerResponsePart

        private static let looks = 20
        private let server: Box
        private var head: HTTPRequestHead?
        private var body = Data()

        init(_ server: Box) { self.server = server }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            switch unwrapInboundIn(data) {
            case .head(let head): (self.head, body) = (head, Data())
            case .body(let part): body += Data(part.readableBytesView)
            case .end: respond(context, triesLeft: Self.looks)
            }
        }

        /// A long poll looks again every 10 ms, for at most 200 ms.
        private func respond(_ context: ChannelHandlerContext, triesLeft: Int) {
            guard let head, let server = server.value.withLock({ $0 }) else { return }
            let source = context.remoteAddress?.ipAddress
            if let (status, answer) = server.answer(head, body, from: source, isFirstLook: triesLeft == Self.looks) {
                write(context, status, answer)
            } else if triesLeft > 0 {
                let loopBound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
                context.eventLoop.scheduleTask(in: .milliseconds(10)) {
                    let (handler, context) = loopBound.value
                    handler.respond(context, triesLeft: triesLeft - 1)
                }
            } else {
                let empty = try? JSONEncoder().encode(
                    RevisionBatch(revisions: [], leaseSeconds: server.state.withLock { $0.leaseSeconds }))
                write(context, .ok, empty ?? Data())
            }
        }

        private func write(_ context: ChannelHandlerContext, _ status: HTTPResponseStatus, _ answer: Data) {
            var headers = HTTPHeaders()
            if status != .noContent { headers.add(name: "Content-Length", value: "\(answer.count)") }
            context.write(
                wrapOutboundOut(.head(HTTPResponseHead(version: .http1_1, status: status, headers: headers))),
                promise: nil)
            context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(bytes: answer)))), promise: nil)
            context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        }
    }
}
