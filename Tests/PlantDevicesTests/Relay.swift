import Foundation
import Glibc

/// A TCP relay in front of a device that can break the connection to it with a reset.
final class Relay: @unchecked Sendable {
    let port: UInt16
    private let listener: Listener
    private let lock = NSLock()
    private var upstream: Client?
    private var passed = 0

    /// Bytes that have gone from the device to the client.
    var passedBytes: Int { lock.withLock { passed } }

    /// Relays one connection.
    init(to target: UInt16) throws {
        listener = try Listener()
        port = listener.port
        Thread.detachNewThread { [self] in
            let accepted = accept(listener.descriptor, nil, nil)
            close(listener.descriptor)
            guard accepted >= 0, let device = try? Client(port: target, timeoutSeconds: 60) else { return }
            lock.withLock { upstream = device }
            Thread.detachNewThread { Self.copy(from: accepted, to: device.descriptor) { _ in } }
            Self.copy(from: device.descriptor, to: accepted) { count in lock.withLock { passed += count } }
            shutdown(accepted, Int32(SHUT_RDWR))
        }
    }

    /// Resets the connection to the device.
    func cut() {
        let device = lock.withLock {
            defer { upstream = nil }
            return upstream
        }
        guard let device else { return }
        // A socket is reset without a close, so that no thread copies from a number that is used anew.
        var unspecified = sockaddr()
        unspecified.sa_family = sa_family_t(AF_UNSPEC)
        connect(device.descriptor, &unspecified, socklen_t(MemoryLayout<sockaddr>.size))
    }

    private static func copy(from: Int32, to: Int32, _ count: (Int) -> Void) {
        var bytes = [UInt8](repeating: 0, count: 16_384)
        while true {
            let received = recv(from, &bytes, bytes.count, 0)
            guard received > 0, send(to, bytes, received, Int32(MSG_NOSIGNAL)) == received else { return }
            count(received)
        }
    }
}
