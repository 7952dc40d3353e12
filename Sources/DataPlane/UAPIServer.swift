import Foundation
import LinuxFabric
import Synchronization
import Timebase
package import WireGuardProtocol

/// The sockets at which `wg` and programs like it ask about tunnels; away from the packets, on a thread of its own.
///
/// Nothing can be changed through them.
package final class UAPIServer: Sendable {
    /// What there is to tell about an interface at the moment.
    package typealias Source = @Sendable () async throws -> UAPI.Interface

    private let loop: EventLoop<UAPIHandler>
    /// Conversations that go on at a time; more are closed at once.
    private static let conversationLimit = 32
    /// A program that says nothing for so long is hung up on.
    private static let silenceSeconds = 5
    private let conversations = Mutex(0)

    package init() throws {
        loop = try EventLoop(name: "uapi") { UAPIHandler($0) }
    }

    /// Lets programs ask about an interface from now on.
    package func open(_ interface: String, at node: String, _ source: @escaping Source) async throws {
        let path = WireGuardSockets.path(of: interface, at: node)
        try FileManager.default.createDirectory(
            atPath: WireGuardSockets.folder(ofNode: node), withIntermediateDirectories: true)
        try await loop.call { [self] handler in
            try handler.open(path) { [self] stream in
                let isFree = conversations.withLock { count in
                    guard count < Self.conversationLimit else { return false }
                    count += 1
                    return true
                }
                guard isFree else { return }
                Task { [self] in
                    // Whoever hangs up early wants no answer.
                    try? await converse(stream, source)
                    conversations.withLock { $0 -= 1 }
                }
            }
        }
    }

    /// Takes the interface away.
    package func close(_ interface: String, at node: String) async throws {
        let path = WireGuardSockets.path(of: interface, at: node)
        try await loop.call { try $0.close(path) }
    }

    package func stop() async {
        loop.stop()
        _ = await loop.waitForEnd()
    }

    private func converse(_ stream: UnixStream, _ source: Source) async throws {
        stream.limitSilence(seconds: Self.silenceSeconds)
        while let request = try await BlockingCall.run(name: "uapi-reader", { Self.readRequest(stream) }) {
            switch request {
            case .get: try stream.write(try await source().text)
            case .set: try stream.write(UAPI.notPermitted)
            case .unknown:
                try stream.write(UAPI.invalid)
                return
            }
        }
    }

    /// - Returns: `nil` when the program has finished, or fell silent.
    private static func readRequest(_ stream: UnixStream) -> UAPI.Request? {
        var lines: [String] = []
        while let line = try? stream.readLine() {
            if line.isEmpty { return UAPI.Request(lines) }
            guard lines.count < UAPI.requestLimitLines else { return .unknown }
            lines.append(line)
        }
        return nil
    }
}

/// The listening sockets, on their loop.
final class UAPIHandler: EventHandler {
    private struct Listening {
        var listener: UnixListener
        var token: UInt64
        var take: @Sendable (UnixStream) -> Void
    }

    private let poller: Poller
    private var listening: [String: Listening] = [:]
    private var paths: [UInt64: String] = [:]
    private var lastToken: UInt64 = 0

    init(_ poller: Poller) { self.poller = poller }

    deinit {
        for path in listening.keys { unlink(path) }
    }

    func open(_ path: String, _ take: @escaping @Sendable (UnixStream) -> Void) throws {
        try close(path)
        // A process that was killed leaves its socket behind.
        unlink(path)
        let listener = try UnixListener(at: path)
        lastToken += 1
        try poller.watch(listener.number, token: lastToken)
        listening[path] = Listening(listener: listener, token: lastToken, take: take)
        paths[lastToken] = path
    }

    func close(_ path: String) throws {
        guard let gone = listening.removeValue(forKey: path) else { return }
        paths[gone.token] = nil
        unlink(path)
        try poller.forget(gone.listener.number)
    }

    func ready(_ token: UInt64, _ readiness: Readiness) {
        guard let path = paths[token], let entry = listening[path], let stream = try? entry.listener.accept() else {
            return
        }
        entry.take(stream)
    }

    func deadlinePassed(at now: Moment) {}

    func batchEnded(at now: Moment) {}
}
