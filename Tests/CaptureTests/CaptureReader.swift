/// A pcapng file as its specification says it, read without any of our own code.
struct CaptureReader {
    struct Packet {
        var interface: UInt32
        var nanoseconds: UInt64
        var bytes: [UInt8]
        var originalCount: Int
        var options: [UInt16: [UInt8]]
    }

    var order: [UInt32] = []
    var interfaces: [[UInt16: [UInt8]]] = []
    var secrets: [String] = []
    var packets: [Packet] = []

    struct Broken: Error {
        var offset: Int
    }

    init(_ bytes: [UInt8]) throws {
        var offset = 0
        while offset < bytes.count {
            let (type, length) = (Self.number(bytes, offset, 4), Int(Self.number(bytes, offset + 4, 4)))
            guard length >= 12, length % 4 == 0, offset + length <= bytes.count,
                Int(Self.number(bytes, offset + length - 4, 4)) == length
            else { throw Broken(offset: offset) }
            take(UInt32(type), Array(bytes[offset + 8..<offset + length - 4]))
            offset += length
        }
    }

    private mutating func take(_ type: UInt32, _ body: [UInt8]) {
        order.append(type)
        switch type {
        case 1: interfaces.append(Self.options(body, from: 8))
        case 6:
            let count = Int(Self.number(body, 12, 4))
            packets.append(
                Packet(
                    interface: UInt32(Self.number(body, 0, 4)),
                    nanoseconds: Self.number(body, 4, 4) << 32 | Self.number(body, 8, 4),
                    bytes: Array(body[20..<20 + count]), originalCount: Int(Self.number(body, 16, 4)),
                    options: Self.options(body, from: 20 + (count + 3) / 4 * 4)))
        case 10:
            let count = Int(Self.number(body, 4, 4))
            secrets.append(String(decoding: body[8..<8 + count], as: UTF8.self))
        default: break
        }
    }

    private static func options(_ body: [UInt8], from start: Int) -> [UInt16: [UInt8]] {
        var options: [UInt16: [UInt8]] = [:]
        var offset = start
        while offset + 4 <= body.count {
            let (code, count) = (UInt16(number(body, offset, 2)), Int(number(body, offset + 2, 2)))
            if code == 0 { return options }
            options[code] = Array(body[offset + 4..<offset + 4 + count])
            offset += 4 + (count + 3) / 4 * 4
        }
        return options
    }

    private static func number(_ bytes: [UInt8], _ offset: Int, _ count: Int) -> UInt64 {
        guard offset + count <= bytes.count else { return 0 }
        return bytes[offset..<offset + count].reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }
}
