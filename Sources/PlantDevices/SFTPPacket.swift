/// Reads the fields of an SFTP packet, and never past its end.
struct SFTPReader {
    private var rest: ArraySlice<UInt8>

    init(_ bytes: ArraySlice<UInt8>) { rest = bytes }

    mutating func byte() -> UInt8? { rest.popFirst() }

    mutating func word() -> UInt32? {
        guard rest.count >= 4 else { return nil }
        defer { rest = rest.dropFirst(4) }
        return rest.prefix(4).reduce(0) { $0 << 8 | UInt32($1) }
    }

    mutating func long() -> UInt64? {
        guard let high = word(), let low = word() else { return nil }
        return UInt64(high) << 32 | UInt64(low)
    }

    mutating func bytes() -> [UInt8]? {
        guard let count = word(), rest.count >= Int(count) else { return nil }
        defer { rest = rest.dropFirst(Int(count)) }
        return Array(rest.prefix(Int(count)))
    }

    mutating func text() -> String? { bytes().map { String(decoding: $0, as: UTF8.self) } }

    /// Size and mode, of the attributes that a client wants set.
    mutating func attributes() -> (size: Int?, mode: UInt32?)? {
        guard let flags = word() else { return nil }
        var size: Int?
        var mode: UInt32?
        if flags & 1 != 0 {
            guard let value = long() else { return nil }
            size = Int(clamping: value)
        }
        if flags & 2 != 0 { guard long() != nil else { return nil } }
        if flags & 4 != 0 {
            guard let value = word() else { return nil }
            mode = value
        }
        if flags & 8 != 0 { guard long() != nil else { return nil } }
        return (size, mode)
    }
}

/// An SFTP packet in the making: everything behind its length.
struct SFTPWriter {
    private(set) var bytes: [UInt8] = []

    init(_ kind: UInt8, id: UInt32?) {
        bytes.append(kind)
        if let id { write(id) }
    }

    /// With its length in front.
    var packet: [UInt8] {
        let count = UInt32(bytes.count)
        return (0..<4).map { UInt8(truncatingIfNeeded: count >> (24 - 8 * $0)) } + bytes
    }

    mutating func write(_ value: UInt32) {
        for shift in stride(from: UInt32(24), through: 0, by: -8) {
            bytes.append(UInt8(truncatingIfNeeded: value >> shift))
        }
    }

    mutating func write(_ value: UInt64) {
        write(UInt32(truncatingIfNeeded: value >> 32))
        write(UInt32(truncatingIfNeeded: value))
    }

    mutating func write(_ data: [UInt8]) {
        write(UInt32(data.count))
        bytes += data
    }

    mutating func write(_ text: String) { write(Array(text.utf8)) }

    mutating func write(_ attributes: ServiceFiles.Attributes) {
        write(UInt32(0x1 | 0x2 | 0x4 | 0x8))
        write(UInt64(attributes.size))
        write(UInt32(1000))
        write(UInt32(1000))
        write(attributes.mode | (attributes.isDirectory ? 0o040000 : 0o100000))
        let seconds = UInt32(clamping: Int(attributes.modified.seconds))
        write(seconds)
        write(seconds)
    }
}
