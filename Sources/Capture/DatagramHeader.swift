package import Addressing

/// The headers that a datagram had on its way, made up for readers: a socket gives and takes only what lies behind them.
package enum DatagramHeader {
    /// An IPv4 and a UDP header, 28 bytes; the UDP checksum is zero, which means none.
    package static func make(from source: Endpoint, to destination: Endpoint, payloadBytes: Int) -> [UInt8] {
        let udpBytes = UInt16(clamping: 8 + payloadBytes)
        var header: [UInt8] = [0x45, 0]
        append(UInt16(clamping: 28 + payloadBytes), to: &header)
        header += [0, 0, 0x40, 0, 64, 17, 0, 0]
        append(source.address, to: &header)
        append(destination.address, to: &header)
        let sum = header.withUnsafeBytes { InternetChecksum.of($0) }
        (header[10], header[11]) = (UInt8(sum >> 8), UInt8(sum & 255))
        append(source.port, to: &header)
        append(destination.port, to: &header)
        append(udpBytes, to: &header)
        return header + [0, 0]
    }

    private static func append(_ number: UInt16, to bytes: inout [UInt8]) {
        bytes += [UInt8(number >> 8), UInt8(number & 255)]
    }

    private static func append(_ address: IPv4Address, to bytes: inout [UInt8]) {
        append(UInt16(address.number >> 16), to: &bytes)
        append(UInt16(address.number & 0xFFFF), to: &bytes)
    }
}
