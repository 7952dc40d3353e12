import Addressing

/// Packets for tests, built slowly.
enum Packets {
    static func ip(_ source: IPv4Address, _ destination: IPv4Address, transport: UInt8, payload: [UInt8]) -> [UInt8] {
        var header: [UInt8] = [0x45, 0] + be16(UInt16(20 + payload.count)) + [0, 0, 0, 0, 64, transport, 0, 0]
        header += be32(source.number) + be32(destination.number)
        let sum = header.withUnsafeBytes { InternetChecksum.of($0) }
        (header[10], header[11]) = (UInt8(sum >> 8), UInt8(sum & 255))
        return header + payload
    }

    static func udp(_ source: Endpoint, _ destination: Endpoint, _ text: String = "hello") -> [UInt8] {
        let payload = Array(text.utf8)
        let datagram = be16(source.port) + be16(destination.port) + be16(UInt16(8 + payload.count)) + [0, 0] + payload
        return ip(source.address, destination.address, transport: 17, payload: datagram)
    }

    static func tcp(
        _ source: Endpoint, _ destination: Endpoint, _ flags: TCPFlags, sequence: UInt32, acknowledgement: UInt32 = 0,
        payload: [UInt8] = []
    ) -> [UInt8] {
        var segment: [UInt8] = be16(source.port) + be16(destination.port) + be32(sequence) + be32(acknowledgement)
        segment += [5 << 4, flags.rawValue, 0xFF, 0xFF, 0, 0, 0, 0] + payload
        let pseudo = InternetChecksum.pseudoHeader(
            source: source.address, destination: destination.address, transport: 6, byteCount: segment.count)
        let sum = segment.withUnsafeBytes { InternetChecksum.fold(InternetChecksum.add($0, to: pseudo)) }
        (segment[16], segment[17]) = (UInt8(sum >> 8), UInt8(sum & 255))
        return ip(source.address, destination.address, transport: 6, payload: segment)
    }

    static func echo(_ source: IPv4Address, _ destination: IPv4Address, id: UInt16, isReply: Bool = false) -> [UInt8] {
        var message: [UInt8] = [isReply ? 0 : 8, 0, 0, 0] + be16(id) + [0, 1, 1, 2, 3, 4]
        let sum = message.withUnsafeBytes { InternetChecksum.of($0) }
        (message[2], message[3]) = (UInt8(sum >> 8), UInt8(sum & 255))
        return ip(source, destination, transport: 1, payload: message)
    }

    static func be16(_ value: UInt16) -> [UInt8] { [UInt8(value >> 8), UInt8(value & 255)] }

    static func be32(_ value: UInt32) -> [UInt8] { be16(UInt16(value >> 16)) + be16(UInt16(value & 0xFFFF)) }

    /// What a host does with a packet that reached it: the packet as it was sent, a hop further on at least.
    static func sameButHops(_ left: [UInt8]?, _ right: [UInt8]) -> Bool {
        guard let left, left.count == right.count, left.count >= 20 else { return false }
        return left[..<8] == right[..<8] && left[8] < right[8] && left[9] == right[9] && left[12...] == right[12...]
    }

    struct Read {
        var transport: UInt8
        var source: IPv4Address
        var flags: TCPFlags = []
        var sequence: UInt32 = 0
        var type: UInt8 = 255
        var code: UInt8 = 255
    }

    static func read(_ packet: [UInt8]?) -> Read? {
        guard var bytes = packet else { return nil }
        return bytes.withUnsafeMutableBytes { buffer -> Read? in
            guard let view = try? PacketView(buffer) else { return nil }
            var read = Read(transport: view.transport, source: view.source)
            if let segment = TCPView(view) { (read.flags, read.sequence) = (segment.flags, segment.sequence) }
            if let message = ICMPView(view) { (read.type, read.code) = (message.type, message.code) }
            return read
        }
    }
}
