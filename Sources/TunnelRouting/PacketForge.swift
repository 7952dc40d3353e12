package import Addressing

/// Writes the packets that the gateway sends in its own or in another's name.
package enum PacketForge {
    package static let resetByteCount = 40
    /// IP and ICMP header, the largest IP header quoted, and eight bytes more.
    package static let errorLimitByteCount = 20 + 8 + 60 + 8
    /// An echo of which only addresses and identifier are known, as quoted in an error.
    static let timeToLive: UInt8 = 64

    /// A TCP reset.
    package struct Reset: Hashable, Sendable {
        package var source: Endpoint
        package var destination: Endpoint
        package var sequence: UInt32
        /// `nil` leaves the ACK flag off.
        package var acknowledgement: UInt32?

        package init(source: Endpoint, destination: Endpoint, sequence: UInt32, acknowledgement: UInt32?) {
            self.source = source
            self.destination = destination
            self.sequence = sequence
            self.acknowledgement = acknowledgement
        }
    }

    /// Writes a reset of `resetByteCount` bytes.
    package static func write(_ reset: Reset, into packet: UnsafeMutableRawBufferPointer) {
        writeHeader(
            into: packet, byteCount: resetByteCount, transport: Transport.tcp, source: reset.source.address,
            destination: reset.destination.address)
        let flags: TCPFlags = reset.acknowledgement == nil ? .rst : [.rst, .ack]
        put16(reset.source.port, at: 20, in: packet)
        put16(reset.destination.port, at: 22, in: packet)
        put32(reset.sequence, at: 24, in: packet)
        put32(reset.acknowledgement ?? 0, at: 28, in: packet)
        packet[32] = 5 << 4
        packet[33] = flags.rawValue
        let pseudo = InternetChecksum.pseudoHeader(
            source: reset.source.address, destination: reset.destination.address, transport: Transport.tcp,
            byteCount: 20)
        let segment = UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(packet)[20..<40])
        put16(InternetChecksum.fold(InternetChecksum.add(segment, to: pseudo)), at: 36, in: packet)
    }

    /// How long the ICMP error about a packet is: its header and eight bytes are quoted.
    package static func errorByteCount(about quoted: UnsafeRawBufferPointer) -> Int {
        let header = quoted.isEmpty ? 0 : Int(quoted[0] & 15) * 4
        return 28 + min(quoted.count, header + 8)
    }

    /// Writes an ICMP error of `errorByteCount(about:)` bytes to the sender of a packet.
    package static func writeError(
        type: UInt8, code: UInt8, about quoted: UnsafeRawBufferPointer, from source: IPv4Address,
        to destination: IPv4Address, into packet: UnsafeMutableRawBufferPointer
    ) {
        let byteCount = errorByteCount(about: quoted)
        writeHeader(
            into: packet, byteCount: byteCount, transport: Transport.icmp, source: source, destination: destination)
        packet[20] = type
        packet[21] = code
        UnsafeMutableRawBufferPointer(rebasing: packet[28..<byteCount])
            .copyMemory(from: UnsafeRawBufferPointer(rebasing: quoted[..<(byteCount - 28)]))
        let message = UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(packet)[20..<byteCount])
        put16(InternetChecksum.of(message), at: 22, in: packet)
    }

    /// Writes the first 28 bytes of a packet that a flow may have sent, to be quoted in an error about the flow.
    static func writeStandIn(for key: FlowKey, into packet: UnsafeMutableRawBufferPointer) {
        writeHeader(
            into: packet, byteCount: 28, transport: key.transport, source: IPv4Address(number: key.user),
            destination: IPv4Address(number: key.device))
        if key.transport == Transport.icmp {
            packet[20] = ICMPType.echoRequest
            put16(key.userPort, at: 24, in: packet)
        } else {
            put16(key.userPort, at: 20, in: packet)
            put16(key.devicePort, at: 22, in: packet)
            if key.transport == Transport.udp { put16(8, at: 24, in: packet) }
        }
    }

    private static func writeHeader(
        into packet: UnsafeMutableRawBufferPointer, byteCount: Int, transport: UInt8, source: IPv4Address,
        destination: IPv4Address
    ) {
        packet[0] = 0x45
        put16(UInt16(byteCount), at: 2, in: packet)
        put16(0x4000, at: 6, in: packet)
        packet[8] = timeToLive
        packet[9] = transport
        put32(source.number, at: 12, in: packet)
        put32(destination.number, at: 16, in: packet)
        let header = UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(packet)[..<20])
        put16(InternetChecksum.of(header), at: 10, in: packet)
    }

    private static func put16(_ value: UInt16, at offset: Int, in packet: UnsafeMutableRawBufferPointer) {
        packet.storeBytes(of: value.bigEndian, toByteOffset: offset, as: UInt16.self)
    }

    private static func put32(_ value: UInt32, at offset: Int, in packet: UnsafeMutableRawBufferPointer) {
        packet.storeBytes(of: value.bigEndian, toByteOffset: offset, as: UInt32.self)
    }
}
