import CLinux
import Glibc

/// A TUN device: IP packets of its network namespace, read and written from anywhere.
///
/// The device outlives this object and goes with its namespace; opening the same name there attaches to it again.
package final class TunDevice: Sendable {
    private let descriptor: Descriptor
    package let name: String

    /// Makes the device, or attaches to it, in the calling thread's network namespace.
    package init(named name: String) throws(LinuxError) {
        descriptor = Descriptor(owning: try check(clinux_tun_open(name), "opening TUN \(name)"))
        self.name = name
    }

    /// Takes over a descriptor that gives and takes one packet a call: a device opened elsewhere, or a test's end of a socket pair.
    package init(adopting descriptor: consuming Descriptor, name: String) {
        self.descriptor = descriptor
        self.name = name
    }

    /// For `Poller.watch`.
    package var number: Int32 { descriptor.number }

    /// Reads one packet; `nil` when none is waiting (or the device is down).
    package func read(into room: UnsafeMutableRawBufferPointer) -> Int? {
        var count: Int
        repeat { count = Glibc.read(descriptor.number, room.baseAddress, room.count) } while count < 0 && errno == EINTR
        return count > 0 ? count : nil
    }

    /// Writes one packet; false when the kernel refuses it (malformed, or the device is down).
    @discardableResult
    package func write(_ packet: UnsafeRawBufferPointer) -> Bool {
        var count: Int
        repeat {
            count = Glibc.write(descriptor.number, packet.baseAddress, packet.count)
        } while count < 0 && errno == EINTR
        return count == packet.count
    }

    /// Waits until a packet can be read; for tests.
    package func waitUntilReadable(milliseconds: Int) -> Bool {
        waitForInput(descriptor.number, milliseconds: milliseconds)
    }
}
