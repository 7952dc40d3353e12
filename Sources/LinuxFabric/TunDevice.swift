import CLinux
import Glibc
package import Segmentation

/// A TUN device: IP packets of its network namespace, read and written from anywhere.
///
/// The device outlives this object and goes with its namespace; opening the same name there attaches to it again.
package final class TunDevice: Sendable {
    private let descriptor: Descriptor
    package let name: String
    /// Whether every packet comes and goes with an offload header: so do those of real devices.
    private let hasHeaders: Bool

    /// Makes the device, or attaches to it, in the calling thread's network namespace.
    package init(named name: String) throws(LinuxError) {
        descriptor = Descriptor(owning: try check(clinux_tun_open(name), "opening TUN \(name)"))
        self.name = name
        hasHeaders = true
    }

    /// Takes over a descriptor that gives and takes one packet a call: a test's end of a socket pair.
    package init(adopting descriptor: consuming Descriptor, name: String) {
        self.descriptor = descriptor
        self.name = name
        hasHeaders = false
    }

    /// For `Poller.watch`.
    package var number: Int32 { descriptor.number }

    /// Whether several segments may be written as one packet.
    package var takesLongPackets: Bool { hasHeaders }

    /// Lets the device give packets with something left to do; a kernel that cannot goes on as before.
    ///
    /// - Returns: whether the device also takes, and gives, UDP datagrams that are several.
    package func enableOffloads() -> Bool {
        hasHeaders && clinux_tun_offload(descriptor.number) == 2
    }

    /// Reads one packet; `nil` when none is waiting (or the device is down).
    ///
    /// - Parameter room: 65,535 bytes take every packet of a device with offloads; a longer packet is cut off.
    package func read(into room: UnsafeMutableRawBufferPointer) -> (byteCount: Int, offload: PacketOffload)? {
        var raw = clinux_tun_offload()
        let count = clinux_tun_read(
            descriptor.number, hasHeaders ? 1 : 0, room.baseAddress?.assumingMemoryBound(to: UInt8.self), room.count,
            &raw)
        guard count > 0 else { return nil }
        return (
            count,
            PacketOffload(
                kind: PacketOffload.Kind(rawValue: raw.kind) ?? .whole, partBytes: Int(raw.part_bytes),
                needsChecksum: raw.needs_checksum != 0, checksumStart: Int(raw.checksum_start),
                checksumOffset: Int(raw.checksum_offset))
        )
    }

    /// Writes one packet; false when the kernel refuses it (malformed, or the device is down).
    @discardableResult
    package func write(_ packet: UnsafeRawBufferPointer) -> Bool {
        var part = clinux_part(
            bytes: packet.baseAddress?.assumingMemoryBound(to: UInt8.self), length: packet.count)
        var offload = clinux_tun_offload()
        return clinux_tun_write(descriptor.number, hasHeaders ? 1 : 0, &part, 1, 0, &offload) == 0
    }

    /// Writes what a joiner has taken, as one packet.
    @discardableResult
    package func write(_ joiner: inout SegmentJoiner) -> Bool {
        let offload = joiner.finish()
        var raw = clinux_tun_offload(
            kind: offload.kind.rawValue, needs_checksum: offload.needsChecksum ? 1 : 0,
            part_bytes: UInt16(truncatingIfNeeded: offload.partBytes),
            checksum_start: UInt16(truncatingIfNeeded: offload.checksumStart),
            checksum_offset: UInt16(truncatingIfNeeded: offload.checksumOffset))
        let count = joiner.count
        let headerByteCount = joiner.parts[0].count - offload.partBytes
        return withUnsafeTemporaryAllocation(of: clinux_part.self, capacity: count) { parts in
            for index in 0..<count {
                let part = joiner.parts[index]
                parts[index] = clinux_part(
                    bytes: part.baseAddress?.assumingMemoryBound(to: UInt8.self), length: part.count)
            }
            return clinux_tun_write(
                descriptor.number, hasHeaders ? 1 : 0, parts.baseAddress, Int32(count),
                UInt16(truncatingIfNeeded: headerByteCount), &raw) == 0
        }
    }

    /// Waits until a packet can be read; for tests.
    package func waitUntilReadable(milliseconds: Int) -> Bool {
        waitForInput(descriptor.number, milliseconds: milliseconds)
    }
}
