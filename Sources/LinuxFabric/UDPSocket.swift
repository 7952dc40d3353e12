package import Addressing
import CLinux
import Glibc

/// A non-blocking UDP socket; it stays in the network namespace where it was made, and can be used from anywhere.
package final class UDPSocket: Sendable {
    private let descriptor: Descriptor
    /// Where it is bound.
    package let local: Endpoint

    /// Binds in the calling thread's network namespace.
    ///
    /// - Parameter local: address 0.0.0.0 takes every local address (a datagram tells which one it hit), port 0 a free port.
    package init(
        bind local: Endpoint, bufferBytes: Int = 4 << 20, sharesPort: Bool = false
    ) throws(LinuxError) {
        descriptor = Descriptor(
            owning: try check(
                clinux_udp_open(local.address.number, local.port, Int32(clamping: bufferBytes), sharesPort ? 1 : 0),
                "binding UDP \(local)"))
        var address: UInt32 = 0
        var port: UInt16 = 0
        try check(clinux_local_endpoint(descriptor.number, &address, &port), "binding UDP \(local)")
        self.local = Endpoint(IPv4Address(number: address), port)
    }

    /// Takes over a socket that another process bound, as `init(bind:)` makes them, and handed over.
    package init(adopting descriptor: consuming Descriptor) throws(LinuxError) {
        var address: UInt32 = 0
        var port: UInt16 = 0
        try check(clinux_local_endpoint(descriptor.number, &address, &port), "adopting a UDP socket")
        clinux_udp_coalesce(descriptor.number)
        self.descriptor = descriptor
        local = Endpoint(IPv4Address(number: address), port)
    }

    /// For `Poller.watch`.
    package var number: Int32 { descriptor.number }

    /// Replaces the batch's content by what is waiting, and returns how many; 0 when nothing is.
    package func receive(into batch: DatagramBatch) throws(LinuxError) -> Int {
        try batch.fill(from: descriptor.number)
    }

    /// Sends what was queued and empties the queue; what could not go is in the queue's counters.
    ///
    /// - Returns: how many went out.
    @discardableResult
    package func send(_ queue: DatagramQueue) -> Int {
        queue.flush(to: descriptor.number)
    }

    /// Sends one datagram; for rare messages and tests.
    package func send(
        _ bytes: some Collection<UInt8>, to remote: Endpoint, from source: IPv4Address? = nil
    ) throws(LinuxError) {
        let copy = Array(bytes)
        var refused: UInt64 = 0
        let done = copy.withUnsafeBytes { raw in
            var datagram = clinux_datagram(
                bytes: UnsafeMutablePointer(mutating: raw.assumingMemoryBound(to: UInt8.self).baseAddress),
                length: UInt32(raw.count), capacity: 0, remote_address: remote.address.number,
                local_address: source?.number ?? 0, remote_port: remote.port, truncated: 0)
            var segments: Int32 = 0
            return clinux_udp_send(descriptor.number, &datagram, 1, &segments, &refused)
        }
        if done == 0 { throw LinuxError("sending to \(remote)", EAGAIN) }
        if refused > 0 { throw LinuxError("sending to \(remote)", EHOSTUNREACH) }
    }

    /// Waits until something can be read (or an error is pending); for tests and probes, not for a packet path.
    ///
    /// - Returns: false when the time was up first.
    package func waitUntilReadable(milliseconds: Int) -> Bool {
        waitForInput(descriptor.number, milliseconds: milliseconds)
    }

    /// Keeps ICMP errors for `nextError()` from now on.
    package func enableErrorQueue() throws(LinuxError) {
        try ErrorQueue.enable(descriptor.number)
    }

    /// The next ICMP error about something that was sent; `nil` when there is none.
    package func nextError() throws(LinuxError) -> ErrorQueue.Entry? {
        try ErrorQueue.next(descriptor.number)
    }
}

/// Waits for input, a hang-up or an error on one descriptor.
func waitForInput(_ descriptor: Int32, milliseconds: Int) -> Bool {
    var watched = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
    var result: Int32
    repeat { result = poll(&watched, 1, Int32(clamping: milliseconds)) } while result < 0 && errno == EINTR
    return result > 0
}

/// The error queue of a socket: which ICMP message ended what was sent.
package enum ErrorQueue {
    /// One error, as the kernel took it from an ICMP message or made it itself.
    package struct Entry: Hashable, Sendable {
        /// ICMP type and code; both 0 when it did not come by ICMP.
        package let type: UInt8
        package let code: UInt8
        /// The errno that the kernel made of it.
        package let number: Int32
        /// Who sent the ICMP message.
        package let reporter: IPv4Address
        /// Where the refused packet was going.
        package let destination: Endpoint
    }

    package static func enable(_ descriptor: Int32) throws(LinuxError) {
        try check(clinux_enable_error_queue(descriptor), "enabling the error queue")
    }

    package static func next(_ descriptor: Int32) throws(LinuxError) -> Entry? {
        var raw = clinux_icmp_error()
        guard try check(clinux_read_error_queue(descriptor, &raw), "reading the error queue") > 0 else { return nil }
        return Entry(
            type: raw.type, code: raw.code, number: raw.error, reporter: IPv4Address(number: raw.reporter),
            destination: Endpoint(IPv4Address(number: raw.destination), raw.destination_port))
    }
}
