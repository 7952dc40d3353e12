import Glibc
import Synchronization

/// A stream socket that carries lines both ways: one thread of its own reads, anybody writes.
///
/// Lines are bytes without the newline. A line of more than `limitBytes` ends the channel: nobody here sends one.
package final class LineChannel: Sendable {
    package static let limitBytes = 64 << 20

    private let descriptor: Int32
    private let writing = Mutex(())
    private let open = Atomic<Bool>(true)

    /// Takes over the descriptor.
    package init(descriptor: Int32) {
        self.descriptor = descriptor
    }

    deinit { Glibc.close(descriptor) }

    /// Writes a line and its newline, whole.
    ///
    /// - Returns: false when the other side is gone.
    @discardableResult
    package func send(_ line: some Collection<UInt8>) -> Bool {
        var bytes = [UInt8](line)
        bytes.append(UInt8(ascii: "\n"))
        return writing.withLock { _ in
            var offset = 0
            while offset < bytes.count {
                let sent = bytes.withUnsafeBytes { buffer in
                    Glibc.send(
                        descriptor, buffer.baseAddress.map { $0 + offset }, buffer.count - offset,
                        Int32(MSG_NOSIGNAL.rawValue))
                }
                if sent < 0 && errno == EINTR { continue }
                guard sent > 0 else { return false }
                offset += sent
            }
            return true
        }
    }

    /// Reads until the other side is gone or `close` is called; `line` is called on a thread of the channel's own, then `end` once.
    package func read(line: @escaping @Sendable ([UInt8]) -> Void, end: @escaping @Sendable () -> Void) {
        Pthread.detach { [self] in
            var pending: [UInt8] = []
            var buffer = [UInt8](repeating: 0, count: 64 << 10)
            while open.load(ordering: .relaxed), pending.count <= Self.limitBytes {
                let count = Glibc.read(descriptor, &buffer, buffer.count)
                if count < 0 && errno == EINTR { continue }
                guard count > 0 else { break }
                var rest = buffer[..<count]
                while let newline = rest.firstIndex(of: UInt8(ascii: "\n")) {
                    line(pending + rest[..<newline])
                    pending.removeAll(keepingCapacity: true)
                    rest = rest[(newline + 1)...]
                }
                pending += rest
            }
            end()
        }
    }

    /// Wakes the reader and ends the conversation.
    package func close() {
        open.store(false, ordering: .relaxed)
        shutdown(descriptor, Int32(SHUT_RDWR))
    }
}
