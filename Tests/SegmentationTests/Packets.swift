import Addressing

/// A TCP or UDP packet made byte by byte, the slow way.
struct Sample: Equatable {
    var source = IPv4Address(100, 64, 0, 5)
    var destination = IPv4Address(192, 168, 1, 20)
    var service: UInt8 = 0
    var timeToLive: UInt8 = 63
    var identification: UInt16 = 7
    var fragmentWord: UInt16 = 0x4000
    var ipOptions: [UInt8] = []
    var transport: UInt8 = 6
    var sourcePort: UInt16 = 40_000
    var destinationPort: UInt16 = 502
    var sequence: UInt32 = 1000
    var acknowledgement: UInt32 = 2000
    var flags: UInt8 = 0x10
    var window: UInt16 = 500
    var urgent: UInt16 = 0
    var tcpOptions: [UInt8] = []
    var payload: [UInt8] = []

    static func sum(_ bytes: [UInt8], _ initial: UInt64 = 0) -> UInt16 {
        var total = initial
        for (index, byte) in bytes.enumerated() { total += UInt64(byte) << (index % 2 == 0 ? 8 : 0) }
        while total > 0xFFFF { total = total % 0x10000 + total / 0x10000 }
        return UInt16(total)
    }

    static func two(_ value: UInt16) -> [UInt8] { [UInt8(value >> 8), UInt8(value & 0xFF)] }
    static func four(_ value: UInt32) -> [UInt8] { two(UInt16(value >> 16)) + two(UInt16(value & 0xFFFF)) }

    var pseudo: [UInt8] {
        Self.four(source.number) + Self.four(destination.number) + [0, transport]
            + Self.two(UInt16(segment(checksum: 0).count))
    }

    private func segment(checksum: UInt16) -> [UInt8] {
        if transport == 17 {
            return Self.two(sourcePort) + Self.two(destinationPort) + Self.two(UInt16(8 + payload.count))
                + Self.two(checksum) + payload
        }
        return Self.two(sourcePort) + Self.two(destinationPort) + Self.four(sequence) + Self.four(acknowledgement)
            + [UInt8(5 + tcpOptions.count / 4) << 4, flags] + Self.two(window) + Self.two(checksum) + Self.two(urgent)
            + tcpOptions + payload
    }

    /// - Parameter isPartial: the checksum holds the pseudo header's sum, as a device that shall complete it gets it.
    func bytes(isPartial: Bool = false) -> [UInt8] {
        var checksum = ~Self.sum(pseudo + segment(checksum: 0))
        if transport == 17, checksum == 0 { checksum = 0xFFFF }
        if isPartial { checksum = Self.sum(pseudo) }
        let content = segment(checksum: checksum)
        func header(_ checksum: UInt16) -> [UInt8] {
            [0x40 | UInt8(5 + ipOptions.count / 4), service]
                + Self.two(UInt16(20 + ipOptions.count + content.count)) + Self.two(identification)
                + Self.two(fragmentWord) + [timeToLive, transport] + Self.two(checksum) + Self.four(source.number)
                + Self.four(destination.number) + ipOptions
        }
        return header(~Self.sum(header(0))) + content
    }

    /// The parts that a cut must give, made from scratch.
    func parts(of partBytes: Int) -> [Self] {
        stride(from: 0, to: payload.count, by: partBytes).enumerated().map { index, offset in
            var part = self
            let end = min(offset + partBytes, payload.count)
            part.payload = Array(payload[offset..<end])
            part.identification = identification &+ UInt16(index)
            part.sequence = sequence &+ UInt32(offset)
            if end < payload.count { part.flags &= ~0x09 }
            if index > 0 { part.flags &= ~0x80 }
            return part
        }
    }
}

extension Array<UInt8> {
    static func random(_ count: Int, _ generator: inout SystemRandomNumberGenerator) -> Self {
        (0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) }
    }
}
