/// The frame of Modbus/TCP: a header of six bytes (transaction, protocol 0, length), then unit and PDU.
enum ModbusFrame {
    enum Cut: Hashable, Sendable {
        /// More bytes must come.
        case incomplete
        /// A whole frame of so many bytes lies at the front.
        case whole(count: Int)
        /// This is not Modbus; there is no way to find the next frame.
        case broken
    }

    static let headerBytes = 6
    /// Unit and function at least; unit and a PDU of 253 bytes at most.
    static let lengths = 2...254
    static let maximumBytes = headerBytes + 254

    static func cut(_ bytes: some RandomAccessCollection<UInt8>) -> Cut {
        func byte(_ index: Int) -> UInt8 { bytes[bytes.index(bytes.startIndex, offsetBy: index)] }
        if bytes.count >= 4, byte(2) != 0 || byte(3) != 0 { return .broken }
        guard bytes.count >= headerBytes else { return .incomplete }
        let length = Int(byte(4)) << 8 | Int(byte(5))
        guard lengths.contains(length) else { return .broken }
        return bytes.count >= headerBytes + length ? .whole(count: headerBytes + length) : .incomplete
    }
}

/// The exception codes of Modbus that our devices answer with.
enum ModbusException {
    static let illegalFunction: UInt32 = 1
    static let illegalAddress: UInt32 = 2
    static let illegalValue: UInt32 = 3
    static let deviceFailure: UInt32 = 4
    static let noPath: UInt32 = 10
    static let targetFailedToRespond: UInt32 = 11
}
