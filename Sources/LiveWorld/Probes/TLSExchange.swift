import Addressing
import Glibc
import LinuxFabric
import NIOCore
import NIOPosix
import NIOSSL
import ScenarioModel
import Timebase

/// One question and its answer inside TLS, to a device that has signed its own certificate.
///
/// Nothing is verified: this is the person who has clicked the warning away.
enum TLSExchange {
    /// Sends a question and reads until the other side ends the connection; blocks, so not to be called on an event loop.
    ///
    /// - Parameter socket: connected already; it stays the caller's.
    static func ask(_ question: [UInt8], over socket: ProbeSocket, deadline: Moment) throws -> [UInt8] {
        var settings = TLSConfiguration.makeClientConfiguration()
        settings.certificateVerification = .none
        let context = try NIOSSLContext(configuration: settings)
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        let answer = loop.makePromise(of: [UInt8].self)
        let bootstrap = ClientBootstrap(group: loop).channelInitializer { channel in
            channel.eventLoop.makeCompletedFuture {
                let pipeline = channel.pipeline.syncOperations
                try pipeline.addHandler(NIOSSLClientHandler(context: context, serverHostname: nil))
                try pipeline.addHandler(Collector(question, answer))
            }
        }
        let timer = loop.scheduleTask(in: .nanoseconds(Int64(clamping: deadline.since(.now).nanoseconds))) {
            answer.fail(ProbeFailure(outcome: .timeout, description: "TLS: no answer in time"))
        }
        let channel = try bootstrap.withConnectedSocket(fcntl(socket.descriptor, F_DUPFD_CLOEXEC, 3)).wait()
        defer {
            timer.cancel()
            channel.close(promise: nil)
        }
        do {
            return try answer.futureResult.wait()
        } catch let failure as ProbeFailure {
            throw failure
        } catch let error as IOError {
            throw ProbeFailure(error.errnoCode, icmp: nil, doing: "TLS")
        } catch {
            throw ProbeFailure(outcome: .reset, description: "TLS: \(error)")
        }
    }

    /// Asks, which waits for the handshake inside TLS, and collects until the end.
    private final class Collector: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        typealias OutboundOut = ByteBuffer

        private let question: [UInt8]
        private let answer: EventLoopPromise<[UInt8]>
        private var bytes: [UInt8] = []

        init(_ question: [UInt8], _ answer: EventLoopPromise<[UInt8]>) {
            self.question = question
            self.answer = answer
        }

        func channelActive(context: ChannelHandlerContext) {
            context.writeAndFlush(wrapOutboundOut(ByteBuffer(bytes: question)), promise: nil)
            context.fireChannelActive()
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            bytes += unwrapInboundIn(data).readableBytesView
            if bytes.count > HTTPProbe.limitBytes { context.close(promise: nil) }
        }

        func channelInactive(context: ChannelHandlerContext) { answer.succeed(bytes) }

        func errorCaught(context: ChannelHandlerContext, error: any Error) {
            // Who closes without a word of farewell has still said what came before.
            if case NIOSSLError.uncleanShutdown = error { return answer.succeed(bytes) }
            answer.fail(error)
            context.close(promise: nil)
        }
    }
}
