import Addressing

/// What routing needs to know about a packet, read once.
struct PacketFacts {
    enum Kind {
        case segment(TCPView)
        case datagram
        case echoRequest
        case echoReply
        case error(QuotedPacket?)
        /// ICMP that is neither echo nor error.
        case otherICMP
        /// A transport without ports.
        case other
        case laterFragment
    }

    let packet: PacketView
    let kind: Kind
    let sourcePort: UInt16
    let destinationPort: UInt16

    /// - Returns: `nil` when a transport header is cut short.
    init?(_ packet: PacketView) {
        self.packet = packet
        var ports: (UInt16, UInt16) = (0, 0)
        if packet.isLaterFragment {
            kind = .laterFragment
        } else if packet.transport == Transport.tcp {
            guard let segment = TCPView(packet) else { return nil }
            kind = .segment(segment)
            ports = (segment.sourcePort, segment.destinationPort)
        } else if packet.transport == Transport.udp {
            guard let datagram = UDPView(packet) else { return nil }
            kind = .datagram
            ports = (datagram.sourcePort, datagram.destinationPort)
        } else if packet.transport == Transport.icmp {
            guard let message = ICMPView(packet) else { return nil }
            if message.type == ICMPType.echoRequest {
                kind = .echoRequest
                ports = (message.identifier, 0)
            } else if message.type == ICMPType.echoReply {
                kind = .echoReply
                ports = (0, message.identifier)
            } else {
                kind = message.isError ? .error(message.quoted) : .otherICMP
            }
        } else {
            kind = .other
        }
        sourcePort = ports.0
        destinationPort = ports.1
    }

    var segment: TCPView? {
        if case .segment(let segment) = kind { segment } else { nil }
    }

    /// A segment that opens a connection.
    var isOpening: Bool { segment.map { $0.flags.contains(.syn) && !$0.flags.contains(.ack) } ?? false }

    /// An error must never be answered by an error, nor a part that is not the first.
    var mayBeRefused: Bool {
        switch kind {
        case .error, .laterFragment: false
        default: true
        }
    }

    /// The key of the flow that a person's packet belongs to.
    func keyUp(plant: Int32) -> FlowKey {
        FlowKey(
            user: packet.source.number, device: packet.destination.number, userPort: sourcePort,
            devicePort: destinationPort, plant: plant, transport: packet.transport)
    }

    /// The key of the flow that a plant's packet belongs to.
    func keyDown(plant: Int32) -> FlowKey {
        FlowKey(
            user: packet.destination.number, device: packet.source.number, userPort: destinationPort,
            devicePort: sourcePort, plant: plant, transport: packet.transport)
    }

    func fragmentKey(peer: PeerSlot) -> FragmentCache.Key {
        FragmentCache.Key(
            peer: peer.index, source: packet.source.number, destination: packet.destination.number,
            identification: packet.identification, transport: packet.transport)
    }
}
