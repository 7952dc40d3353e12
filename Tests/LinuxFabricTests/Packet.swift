import Addressing

/// IPv4 packets made by hand, for tests that play the tunnel.
struct Packet: Equatable {
    var source: Endpoint
    var destination: Endpoint
    var payload: [UInt8]

    /// As UDP, without a UDP checksum.
    var bytes: [UInt8] {
        let length = UInt16(8 + payload.count)
        let header = [source.port.bigEndianBytes, destination.port.bigEndianBytes, length.bigEndianBytes, [0, 0]]
        return Self.ip(17, source.address, destination.address, header.flatMap { $0 } + payload)
    }

    init(_ source: Endpoint, _ destination: Endpoint, _ payload: String) {
        self.source = source
        self.destination = destination
        self.payload = Array(payload.utf8)
    }

    /// Reads a UDP packet.
    init?(_ bytes: [UInt8]) {
        guard bytes.count >= 28, bytes[0] == 0x45, bytes[9] == 17 else { return nil }
        func number(_ offset: Int) -> UInt16 { UInt16(bytes[offset]) << 8 | UInt16(bytes[offset + 1]) }
        func address(_ offset: Int) -> IPv4Address {
            IPv4Address(bytes[offset], bytes[offset + 1], bytes[offset + 2], bytes[offset + 3])
        }
        source = Endpoint(address(12), number(20))
        destination = Endpoint(address(16), number(22))
        payload = Array(bytes[28...])
    }

    static func ip(_ kind: UInt8, _ source: IPv4Address, _ destination: IPv4Address, _ body: [UInt8]) -> [UInt8] {
        var header: [UInt8] = [0x45, 0] + UInt16(20 + body.count).bigEndianBytes + [0, 0, 0, 0, 64, kind, 0, 0]
        header += source.number.bigEndianBytes + destination.number.bigEndianBytes
        let sum = checksum(header)
        header[10] = UInt8(sum >> 8)
        header[11] = UInt8(sum & 255)
        return header + body
    }

    /// "Destination unreachable" about a packet.
    static func unreachable(code: UInt8, from reporter: IPv4Address, about packet: [UInt8]) -> [UInt8] {
        var body: [UInt8] = [3, code, 0, 0, 0, 0, 0, 0] + packet.prefix(28)
        let sum = checksum(body)
        body[2] = UInt8(sum >> 8)
        body[3] = UInt8(sum & 255)
        let source = IPv4Address(packet[12], packet[13], packet[14], packet[15])
        return ip(1, reporter, source, body)
    }

    static func checksum(_ bytes: [UInt8]) -> UInt16 {
        var sum: UInt32 = 0
        for index in stride(from: 0, to: bytes.count, by: 2) {
            sum += UInt32(bytes[index]) << 8 | UInt32(index + 1 < bytes.count ? bytes[index + 1] : 0)
        }
        while sum > 0xffff { sum = (sum & 0xffff) + (sum >> 16) }
        return ~UInt16(sum)
    }
}

extension FixedWidthInteger {
    fileprivate var bigEndianBytes: [UInt8] {
        withUnsafeBytes(of: bigEndian) { Array($0) }
    }
}
