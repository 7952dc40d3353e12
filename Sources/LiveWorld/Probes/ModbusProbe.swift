import AccessModel
import Addressing
import LinuxFabric
import ScenarioModel
import Timebase

/// Reads holding registers over Modbus/TCP, as a technician's tool would, and asks the device who it is.
final class ModbusProbe {
    private let socket: ProbeSocket
    private var transaction: UInt16 = 0

    init(from namespace: NetworkNamespace, to endpoint: Endpoint, deadline: Moment) throws {
        socket = try ProbeSocket(from: namespace, to: endpoint, deadline: deadline)
    }

    var descriptor: Int32 { socket.descriptor }

    /// Function 3.
    ///
    /// - Parameter register: zero-based, as on the wire.
    func read(unit: UInt8, register: UInt16, count: UInt16, deadline: Moment) throws(ProbeFailure) -> [UInt16] {
        transaction &+= 1
        let request = bigEndian(transaction, 0, 6) + [unit, 3] + bigEndian(register, count)
        try socket.write(request, deadline: deadline)
        while true {
            let header = try socket.read(exactly: 7, deadline: deadline)
            let length = Int(header[4]) << 8 | Int(header[5])
            guard (2...254).contains(length) else {
                throw ProbeFailure(outcome: .reset, description: "a frame of \(length) bytes is no Modbus frame")
            }
            let body = try socket.read(exactly: length - 1, deadline: deadline)
            // A late answer to an earlier request is not this one's.
            guard UInt16(header[0]) << 8 | UInt16(header[1]) == transaction else { continue }
            guard body.count == 2 + 2 * Int(count), body[0] == 3, body[1] == 2 * UInt8(count) else {
                let code = body.count > 1 ? body[1] : 0
                throw ProbeFailure(outcome: .answered, description: "Modbus exception \(code)")
            }
            return (0..<Int(count)).map { UInt16(body[2 + 2 * $0]) << 8 | UInt16(body[3 + 2 * $0]) }
        }
    }

    /// Reads the identity block at register 49000: who really answered.
    func identity(unit: UInt8, deadline: Moment) throws(ProbeFailure) -> DeviceReference? {
        let block = try read(unit: unit, register: 49000, count: 66, deadline: deadline)
        guard Self.text(block[..<2]) == "MIRX" else { return nil }
        return DeviceReference(plant: .init(Self.text(block[2..<34])), device: Self.text(block[34...]))
    }

    /// Two ASCII characters a register, up to the first zero.
    static func text(_ registers: some Sequence<UInt16>) -> String {
        let bytes = registers.flatMap { [UInt8($0 >> 8), UInt8($0 & 255)] }
        return String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
    }

    private func bigEndian(_ numbers: UInt16...) -> [UInt8] {
        numbers.flatMap { [UInt8($0 >> 8), UInt8($0 & 255)] }
    }
}
