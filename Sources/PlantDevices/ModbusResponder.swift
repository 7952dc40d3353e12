/// Decides what an inverter answers to a Modbus request.
struct ModbusResponder {
    /// What came of a request.
    struct Outcome {
        /// Nothing to send means that the connection cannot go on.
        var answer: [UInt8]?
        var isRefused = false
        var isWrite = false
    }

    private enum Function {
        static let readHolding: UInt8 = 0x03
        static let readInput: UInt8 = 0x04
        static let writeSingle: UInt8 = 0x06
        static let writeMultiple: UInt8 = 0x10
        static let reportServerID: UInt8 = 0x11
        static let encapsulated: UInt8 = 0x2B
    }

    private static let readLimitRegisters = 125
    private static let writeLimitRegisters = 123

    private let modbus: ModbusProtocol

    init(_ modbus: ModbusProtocol) {
        self.modbus = modbus
    }

    /// Answers one whole frame.
    func answer(_ frame: ArraySlice<UInt8>, from device: InverterRegisters) -> Outcome {
        let request = Request(frame)
        // Functions from 0x80 are answers' own; libmodbus would make a false success of the exception.
        guard (1..<0x80).contains(request.function) else { return Outcome(answer: nil, isRefused: true) }
        guard device.unitIDs.contains(request.unit) else {
            return refuse(ModbusException.targetFailedToRespond, request)
        }
        switch request.function {
        case Function.readHolding, Function.readInput: return read(request, from: device)
        case Function.writeSingle, Function.writeMultiple: return write(request, to: device)
        case Function.reportServerID: return reportServerID(request)
        case Function.encapsulated: return identify(request)
        default: return refuse(ModbusException.illegalFunction, request)
        }
    }

    private func read(_ request: Request, from device: InverterRegisters) -> Outcome {
        guard request.body.count == 4, (1...Self.readLimitRegisters).contains(request.word(2)) else {
            return refuse(ModbusException.illegalValue, request)
        }
        let address = request.word(0)
        let answer =
            if address >= InverterRegisters.identityBase {
                device.withIdentityBlock {
                    modbus.reply(to: request.frame, registers: &$0, startingAt: InverterRegisters.identityBase)
                }
            } else {
                device.withChain {
                    modbus.reply(to: request.frame, registers: &$0, startingAt: SunSpecLayout.base)
                }
            }
        return outcome(answer)
    }

    private func write(_ request: Request, to device: InverterRegisters) -> Outcome {
        guard let values = values(request) else { return refuse(ModbusException.illegalValue, request) }
        let address = request.word(0)
        if let code = device.refusal(ofWriting: values, at: address) { return refuse(code, request) }
        let answer = device.withChain {
            modbus.reply(to: request.frame, registers: &$0, startingAt: SunSpecLayout.base)
        }
        var outcome = outcome(answer)
        if !outcome.isRefused {
            device.write(values, at: address)
            outcome.isWrite = true
        }
        return outcome
    }

    /// The registers that a write carries; nil when the body is not as long as it says.
    private func values(_ request: Request) -> [UInt16]? {
        if request.function == Function.writeSingle {
            return request.body.count == 4 ? [UInt16(request.word(2))] : nil
        }
        guard request.body.count >= 5 else { return nil }
        let count = request.word(2)
        guard (1...Self.writeLimitRegisters).contains(count), request.byte(4) == 2 * count,
            request.body.count == 5 + 2 * count
        else { return nil }
        return (0..<count).map { UInt16(request.word(5 + 2 * $0)) }
    }

    /// Function 0x11, which libmodbus would answer with its own name.
    private func reportServerID(_ request: Request) -> Outcome {
        guard request.body.isEmpty else { return refuse(ModbusException.illegalValue, request) }
        let name = Array("Mirox Rig".utf8)
        return Outcome(answer: request.answer([UInt8(name.count + 2), request.unit] + [0xFF] + name))
    }

    /// Function 0x2B/0x0E: who made this, as objects of the basic category.
    private func identify(_ request: Request) -> Outcome {
        guard request.body.count == 3, request.byte(0) == 0x0E else {
            return refuse(ModbusException.illegalFunction, request)
        }
        let objects = ["Mirox Rig", "PV", "1.0"]
        let (category, first) = (request.byte(1), request.byte(2))
        let wanted: Range<Int>
        switch category {
        // An object that does not exist starts the stream from the beginning, as the protocol has it.
        case 1...3: wanted = (objects.indices.contains(first) ? first : 0)..<objects.count
        case 4:
            guard objects.indices.contains(first) else { return refuse(ModbusException.illegalAddress, request) }
            wanted = first..<first + 1
        default: return refuse(ModbusException.illegalValue, request)
        }
        // Conformity 0x81: basic category, as a stream and one by one; no more follows.
        var body: [UInt8] = [0x0E, UInt8(category), 0x81, 0, 0, UInt8(wanted.count)]
        for object in wanted {
            body += [UInt8(object), UInt8(objects[object].utf8.count)] + objects[object].utf8
        }
        return Outcome(answer: request.answer(body))
    }

    private func refuse(_ code: UInt32, _ request: Request) -> Outcome {
        Outcome(answer: modbus.exception(code, to: request.frame), isRefused: true)
    }

    private func outcome(_ answer: [UInt8]?) -> Outcome {
        Outcome(answer: answer, isRefused: answer.map { $0.count > 7 && $0[7] & 0x80 != 0 } ?? true)
    }
}

extension ModbusResponder {
    /// A request whose frame is whole.
    private struct Request {
        let frame: ArraySlice<UInt8>

        init(_ frame: ArraySlice<UInt8>) { self.frame = frame }

        var unit: UInt8 { frame[frame.startIndex + 6] }
        var function: UInt8 { frame[frame.startIndex + 7] }
        var body: ArraySlice<UInt8> { frame.dropFirst(8) }

        func byte(_ index: Int) -> Int { Int(body[body.startIndex + index]) }
        func word(_ index: Int) -> Int { byte(index) << 8 | byte(index + 1) }

        func answer(_ body: [UInt8]) -> [UInt8] {
            let length = 2 + body.count
            return frame.prefix(4) + [UInt8(length >> 8), UInt8(length & 255), unit, function] + body
        }
    }
}
