import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import NIOPosix

/// Serves HTTP on a listening socket that somebody else opened: it stays in the namespace in which it was made.
struct AdoptedListener<Responder: HTTPResponder>: Sendable where Responder.Context == APIContext {
    let responder: Responder
    let logger: Logger

    /// Serves until the task is cancelled; the descriptor is closed then.
    func run(_ descriptor: CInt) async throws {
        let child = HTTP1Channel { request, writer, channel in
            let context = APIContext(source: ApplicationRequestContextSource(channel: channel, logger: logger))
            let response = try await responder.respond(to: request, context: context)
            try await writer.write(response: response.head, body: response.body)
        }
        let listening = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .bind(descriptor) { channel in child.setup(channel: channel, logger: logger) }
        try await withThrowingDiscardingTaskGroup { group in
            try await listening.executeThenClose { clients in
                for try await client in clients {
                    group.addTask { await child.handle(value: client, logger: logger) }
                }
            }
        }
    }
}
