import CLinux
import Glibc
import Synchronization

/// A unix stream socket that carries lines of text, and now and then a descriptor.
///
/// Reading and writing block: each direction belongs to one thread at a time. `lines()` gives the reading to a thread of its own.
package final class UnixStream: Sendable {
    private struct Reading {
        var pending: [UInt8] = []
        /// How much of `pending` is known to hold no end of line.
        var searched = 0
        var isAtEnd = false
    }

    /// A longer line ends the conversation.
    package static let lineLimitBytes = 64 << 20
    private let descriptor: Descriptor
    private let reading = Mutex(Reading())
    private let writing = Mutex(())

    /// Takes over a connected socket.
    package init(owning descriptor: consuming Descriptor) {
        self.descriptor = descriptor
    }

    /// - Parameter name: a path, or `@` and an abstract name of this network namespace.
    package convenience init(connectingTo name: String) throws(LinuxError) {
        self.init(owning: Descriptor(owning: try check(clinux_unix_connect(name), "connecting to \(name)")))
    }

    package var number: Int32 { descriptor.number }

    /// Who connected, or who listens there.
    package func peer() throws(LinuxError) -> (user: UInt32, pid: Int32) {
        var user: UInt32 = 0
        var pid: Int32 = 0
        try check(clinux_unix_peer(descriptor.number, &user, &pid), "asking for the peer")
        return (user, pid)
    }

    /// The next line without its end; `nil` when the other side has finished.
    package func readLine() throws(LinuxError) -> String? {
        try reading.withLock { reading throws(LinuxError) in
            while true {
                if let line = Self.takeLine(&reading) { return line }
                if reading.isAtEnd {
                    guard !reading.pending.isEmpty else { return nil }
                    defer { reading = Reading(isAtEnd: true) }
                    return String(decoding: reading.pending, as: UTF8.self)
                }
                guard reading.pending.count < Self.lineLimitBytes else { throw LinuxError("reading a line", EMSGSIZE) }
                try fill(&reading)
            }
        }
    }

    private static func takeLine(_ reading: inout Reading) -> String? {
        guard let end = reading.pending[reading.searched...].firstIndex(of: UInt8(ascii: "\n")) else {
            reading.searched = reading.pending.count
            return nil
        }
        defer {
            reading.pending.removeSubrange(...end)
            reading.searched = 0
        }
        return String(decoding: reading.pending[..<end], as: UTF8.self)
    }

    private func fill(_ reading: inout Reading) throws(LinuxError) {
        var failure: Int32 = 0
        let portion = [UInt8](unsafeUninitializedCapacity: 65536) { buffer, count in
            var result: Int
            repeat {
                result = read(descriptor.number, buffer.baseAddress, buffer.count)
            } while result < 0 && errno == EINTR
            if result < 0 { failure = errno }
            count = max(0, result)
        }
        // A peer that was killed with our bytes unread resets the connection: also an end.
        guard failure == 0 || failure == ECONNRESET else { throw LinuxError("reading a line", failure) }
        reading.isAtEnd = portion.isEmpty
        reading.pending += portion
    }

    /// Gives up reading and writing when the other side does nothing for so long.
    package func limitSilence(seconds: Int) {
        var limit = timeval(tv_sec: seconds, tv_usec: 0)
        for option in [SO_RCVTIMEO, SO_SNDTIMEO] {
            setsockopt(descriptor.number, SOL_SOCKET, option, &limit, socklen_t(MemoryLayout<timeval>.size))
        }
    }

    /// Writes the line and its end, whole.
    package func writeLine(_ line: String) throws(LinuxError) { try write(line + "\n") }

    /// Writes the text whole.
    package func write(_ text: String) throws(LinuxError) {
        let bytes = Array(text.utf8)
        try writing.withLock { _ throws(LinuxError) in
            var rest = bytes[...]
            while !rest.isEmpty {
                let count = rest.withUnsafeBytes {
                    Glibc.send(descriptor.number, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
                }
                if count < 0 && errno == EINTR { continue }
                guard count >= 0 else { throw LinuxError("writing a line", errno) }
                rest = rest.dropFirst(count)
            }
        }
    }

    /// All lines to come, read on a thread of their own; the stream ends when the other side does, or fails.
    ///
    /// Stopping early closes the conversation.
    package func lines() -> AsyncThrowingStream<String, any Error> {
        AsyncThrowingStream { continuation in
            continuation.onTermination = { [self] _ in shutDown() }
            do {
                try PinnedThread.start(name: "lines") { [self] in
                    do {
                        while let line = try readLine() { continuation.yield(line) }
                        continuation.finish()
                    } catch {
                        continuation.finish(throwing: error)
                    }
                }
            } catch {
                continuation.finish(throwing: error)
            }
        }
    }

    /// Ends both directions; a blocked reader sees the end.
    package func shutDown() {
        shutdown(descriptor.number, Int32(SHUT_RDWR))
    }

    /// Sends a copy of a descriptor, in place between lines.
    package func send(descriptor sent: Int32) throws(LinuxError) {
        try check(clinux_unix_send_descriptor(descriptor.number, sent), "sending a descriptor")
    }

    /// Receives a descriptor; before the first line is read, since a line's reader takes all that is there.
    package func receiveDescriptor() throws(LinuxError) -> Descriptor {
        Descriptor(owning: try check(clinux_unix_receive_descriptor(descriptor.number), "receiving a descriptor"))
    }
}

/// A listening unix stream socket.
package final class UnixListener: Sendable {
    private let descriptor: Descriptor
    package let name: String

    /// - Parameter name: a path that does not exist yet, or `@` and an abstract name.
    package init(at name: String) throws(LinuxError) {
        descriptor = Descriptor(owning: try check(clinux_unix_listen(name, 64), "listening at \(name)"))
        self.name = name
    }

    package var number: Int32 { descriptor.number }

    /// Waits for the next connection; fails once `shutDown` was called.
    package func accept() throws(LinuxError) -> UnixStream {
        UnixStream(owning: Descriptor(owning: try check(clinux_unix_accept(descriptor.number), "accepting at \(name)")))
    }

    /// Wakes whoever waits in `accept`, for ever.
    package func shutDown() {
        shutdown(descriptor.number, Int32(SHUT_RDWR))
    }
}
