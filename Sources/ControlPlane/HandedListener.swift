import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import NIOPosix

/// The same API on a listening socket that somebody made elsewhere and handed over, such as one of the host.
struct HandedListener<Responder: HTTPResponder>: Sendable where Responder.Context == APIContext {
    /// Closed when the listener ends.
    let descriptor: Int32
    let responder: Responder
    let logger: Logger

    /// Serves until the task is cancelled.
    func run() async throws {
        let http = HTTP1Channel(responder: { request, writer, channel in
            try await respond(to: request, writer, channel)
        })
        let listener = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .bind(descriptor) { channel in http.setup(channel: channel, logger: logger) }
        try await listener.executeThenClose { connections in
            try await withThrowingDiscardingTaskGroup { group in
                for try await connection in connections {
                    group.addTask { await http.handle(value: connection, logger: logger) }
                }
            }
        }
    }

    private func respond(
        to request: Request, _ writer: consuming ResponseWriter, _ channel: any Channel
    ) async throws {
        let context = APIContext(source: ApplicationRequestContextSource(channel: channel, logger: logger))
        var response: Response
        do {
            response = try await responder.respond(to: request, context: context)
        } catch {
            // The API's own middleware makes a problem of every error; what comes here never was a request.
            response = Response(status: .internalServerError)
        }
        try await writer.write(response: response.head, body: response.body)
    }
}
