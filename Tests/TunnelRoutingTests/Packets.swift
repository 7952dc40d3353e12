import Addressing

/// Builds packets for tests, field by field and slowly.
enum Packets {
    static func ip(
        _ source: IPv4Address, _ destination: IPv4Address, transport: UInt8, payload: [UInt8], ttl: UInt8 = 64,
        identification: UInt16 = 0, fragment: UInt16 = 0
    ) -> [UInt8] {
        var header: [UInt8] = [0x45, 0] + be16(UInt16(20 + payload.count)) + be16(identification) + be16(fragment)
        header += [ttl, transport, 0, 0] + be32(source.number) + be32(destination.number)
        let sum = checksum(header)
        header[10] = UInt8(sum >> 8)
        header[11] = UInt8(sum & 255)
        return header + payload
    }

    static func tcp(
        _ source: Endpoint, _ destination: Endpoint, _ flags: TCPFlags, sequence: UInt32 = 0,
        acknowledgement: UInt32 = 0, payload: [UInt8] = [], ttl: UInt8 = 64
    ) -> [UInt8] {
        var segment: [UInt8] = be16(source.port) + be16(destination.port) + be32(sequence) + be32(acknowledgement)
        segment += [5 << 4, flags.rawValue, 0xFF, 0xFF, 0, 0, 0, 0] + payload
        let pseudo = be32(source.address.number) + be32(destination.address.number) + [0, 6]
        let sum = checksum(pseudo + be16(UInt16(segment.count)) + segment)
        segment[16] = UInt8(sum >> 8)
        segment[17] = UInt8(sum & 255)
        return ip(source.address, destination.address, transport: 6, payload: segment, ttl: ttl)
    }

    static func udp(_ source: Endpoint, _ destination: Endpoint, payload: [UInt8] = [1, 2, 3]) -> [UInt8] {
        let datagram = be16(source.port) + be16(destination.port) + be16(UInt16(8 + payload.count)) + [0, 0] + payload
        return ip(source.address, destination.address, transport: 17, payload: datagram)
    }

    static func echo(
        _ source: IPv4Address, _ destination: IPv4Address, id: UInt16 = 7, sequence: UInt16 = 1, isReply: Bool = false,
        payload: [UInt8] = [9, 9, 9]
    ) -> [UInt8] {
        icmp(source, destination, type: isReply ? 0 : 8, code: 0, rest: be16(id) + be16(sequence), payload: payload)
    }

    static func icmp(
        _ source: IPv4Address, _ destination: IPv4Address, type: UInt8, code: UInt8, rest: [UInt8] = [0, 0, 0, 0],
        payload: [UInt8]
    ) -> [UInt8] {
        var message: [UInt8] = [type, code, 0, 0] + rest + payload
        let sum = checksum(message)
        message[2] = UInt8(sum >> 8)
        message[3] = UInt8(sum & 255)
        return ip(source, destination, transport: 1, payload: message)
    }

    /// RFC 1071 as its text says it.
    static func checksum(_ bytes: [UInt8]) -> UInt16 {
        var sum: UInt32 = 0
        for index in stride(from: 0, to: bytes.count, by: 2) {
            let low = index + 1 < bytes.count ? UInt32(bytes[index + 1]) : 0
            sum += UInt32(bytes[index]) << 8 | low
            sum = (sum & 0xFFFF) + (sum >> 16)
        }
        return ~UInt16(sum)
    }

    static func be16(_ value: UInt16) -> [UInt8] { [UInt8(value >> 8), UInt8(value & 255)] }

    static func be32(_ value: UInt32) -> [UInt8] {
        be16(UInt16(value >> 16)) + be16(UInt16(value & 0xFFFF))
    }
}

/// A packet as a test reads it.
struct ReadPacket: Equatable {
    var source: IPv4Address
    var destination: IPv4Address
    var transport: UInt8
    var ports: (UInt16, UInt16) = (0, 0)
    var flags: TCPFlags = []
    var sequence: UInt32 = 0
    var acknowledgement: UInt32 = 0
    var type: UInt8 = 0
    var code: UInt8 = 0
    var quoted: QuotedPacket?
    var ttl: UInt8

    static func == (left: Self, right: Self) -> Bool { String(describing: left) == String(describing: right) }

    /// - Returns: `nil` when it is no packet or a checksum is wrong.
    init?(_ bytes: [UInt8]) {
        var bytes = bytes
        let read: Self? = bytes.withUnsafeMutableBytes { buffer in
            guard let view = try? PacketView(buffer) else { return nil }
            return Self(view)
        }
        guard let read else { return nil }
        self = read
    }

    private init?(_ view: PacketView) {
        source = view.source
        destination = view.destination
        transport = view.transport
        ttl = view.timeToLive
        let payload = [UInt8](view.payload)
        if let segment = TCPView(view) {
            ports = (segment.sourcePort, segment.destinationPort)
            flags = segment.flags
            sequence = segment.sequence
            acknowledgement = segment.acknowledgement
            let pseudo = Packets.be32(source.number) + Packets.be32(destination.number) + [0, 6]
            guard Packets.checksum(pseudo + Packets.be16(UInt16(payload.count)) + payload) == 0 else { return nil }
        } else if let datagram = UDPView(view) {
            ports = (datagram.sourcePort, datagram.destinationPort)
        } else if let message = ICMPView(view) {
            type = message.type
            code = message.code
            quoted = message.quoted
            guard Packets.checksum(payload) == 0 else { return nil }
        }
    }
}
