/// A checked view on the TCP header of a packet.
package struct TCPView {
    private let packet: PacketView

    /// - Returns: `nil` when the packet is no TCP, a later fragment, or too short for its header.
    package init?(_ packet: PacketView) {
        guard packet.transport == Transport.tcp, !packet.isLaterFragment, packet.payloadByteCount >= 20 else {
            return nil
        }
        self.packet = packet
        guard headerByteCount >= 20, headerByteCount <= packet.payloadByteCount else { return nil }
    }

    package var sourcePort: UInt16 { packet.word16(at: packet.headerByteCount) }
    package var destinationPort: UInt16 { packet.word16(at: packet.headerByteCount + 2) }
    package var sequence: UInt32 { packet.word32(at: packet.headerByteCount + 4) }
    package var acknowledgement: UInt32 { packet.word32(at: packet.headerByteCount + 8) }
    package var flags: TCPFlags { TCPFlags(rawValue: packet.byte(at: packet.headerByteCount + 13)) }
    package var headerByteCount: Int { Int(packet.byte(at: packet.headerByteCount + 12) >> 4) * 4 }
    package var payloadByteCount: Int { packet.payloadByteCount - headerByteCount }

    /// The sequence number after everything that the segment carries; SYN and FIN count as one each.
    package var sequenceEnd: UInt32 {
        sequence &+ UInt32(payloadByteCount) &+ (flags.contains(.syn) ? 1 : 0) &+ (flags.contains(.fin) ? 1 : 0)
    }
}

/// The flags of a TCP segment.
package struct TCPFlags: OptionSet, Hashable, Sendable {
    package let rawValue: UInt8

    package init(rawValue: UInt8) { self.rawValue = rawValue }

    package static let fin = Self(rawValue: 1)
    package static let syn = Self(rawValue: 2)
    package static let rst = Self(rawValue: 4)
    package static let psh = Self(rawValue: 8)
    package static let ack = Self(rawValue: 16)
}

/// A checked view on the UDP header of a packet.
package struct UDPView {
    private let packet: PacketView

    /// - Returns: `nil` when the packet is no UDP, a later fragment, or too short for its header.
    package init?(_ packet: PacketView) {
        guard packet.transport == Transport.udp, !packet.isLaterFragment, packet.payloadByteCount >= 8 else {
            return nil
        }
        self.packet = packet
    }

    package var sourcePort: UInt16 { packet.word16(at: packet.headerByteCount) }
    package var destinationPort: UInt16 { packet.word16(at: packet.headerByteCount + 2) }
}

/// A checked view on the ICMP header of a packet.
package struct ICMPView {
    private let packet: PacketView

    /// - Returns: `nil` when the packet is no ICMP, a later fragment, or too short for its header.
    package init?(_ packet: PacketView) {
        guard packet.transport == Transport.icmp, !packet.isLaterFragment, packet.payloadByteCount >= 8 else {
            return nil
        }
        self.packet = packet
    }

    package var type: UInt8 { packet.byte(at: packet.headerByteCount) }
    package var code: UInt8 { packet.byte(at: packet.headerByteCount + 1) }
    /// Of an echo request or reply.
    package var identifier: UInt16 { packet.word16(at: packet.headerByteCount + 4) }
    package var sequence: UInt16 { packet.word16(at: packet.headerByteCount + 6) }

    /// Destination unreachable, source quench, redirect, time exceeded or parameter problem: carries the packet it is about.
    package var isError: Bool {
        switch type {
        case 3, 4, 5, 11, 12: true
        default: false
        }
    }

    /// Turns an echo request into its reply, in place: addresses swapped, checksums right.
    package func turnIntoEchoReply() {
        let (source, destination) = (packet.source, packet.destination)
        packet.source = destination
        packet.destination = source
        let offset = packet.headerByteCount
        let old = packet.word16(at: offset)
        let new = UInt16(ICMPType.echoReply) << 8 | old & 0xFF
        packet.set16(new, at: offset)
        packet.set16(InternetChecksum.updated(packet.word16(at: offset + 2), from: old, to: new), at: offset + 2)
    }

    /// What an error quotes of the packet it is about, or `nil` when it quotes too little to tell which.
    package var quoted: QuotedPacket? {
        let offset = packet.headerByteCount + 8
        let available = packet.byteCount - offset
        guard isError, available >= 28 else { return nil }
        let first = packet.byte(at: offset)
        let headerByteCount = Int(first & 15) * 4
        guard first >> 4 == 4, headerByteCount >= 20, available >= headerByteCount + 8,
            packet.word16(at: offset + 6) & 0x1FFF == 0
        else { return nil }
        let transport = packet.byte(at: offset + 9)
        let header = offset + headerByteCount
        var ports = (packet.word16(at: header), packet.word16(at: header + 2))
        if transport == Transport.icmp {
            let type = packet.byte(at: header)
            guard type == ICMPType.echoRequest || type == ICMPType.echoReply else { return nil }
            ports = (packet.word16(at: header + 4), 0)
        } else if transport != Transport.tcp, transport != Transport.udp {
            ports = (0, 0)
        }
        return QuotedPacket(
            source: IPv4Address(number: packet.word32(at: offset + 12)),
            destination: IPv4Address(number: packet.word32(at: offset + 16)), transport: transport,
            sourcePort: ports.0, destinationPort: ports.1)
    }
}

/// ICMP type numbers.
package enum ICMPType {
    package static let echoReply: UInt8 = 0
    package static let unreachable: UInt8 = 3
    package static let echoRequest: UInt8 = 8
    package static let timeExceeded: UInt8 = 11
}

/// The packet that an ICMP error is about; an echo's identifier stands as its source port.
package struct QuotedPacket: Hashable, Sendable {
    package var source: IPv4Address
    package var destination: IPv4Address
    package var transport: UInt8
    package var sourcePort: UInt16
    package var destinationPort: UInt16

    package init(
        source: IPv4Address, destination: IPv4Address, transport: UInt8, sourcePort: UInt16, destinationPort: UInt16
    ) {
        self.source = source
        self.destination = destination
        self.transport = transport
        self.sourcePort = sourcePort
        self.destinationPort = destinationPort
    }
}
