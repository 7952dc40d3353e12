import DeviceModel

/// Decides what a device answers to a Modbus request.
final class ModbusResponder {
    /// What came of a request.
    struct Outcome {
        enum Answer {
            /// To be sent or copied before the next request.
            case bytes(UnsafeBufferPointer<UInt8>)
            /// The device says nothing.
            case silence
            /// The connection cannot go on.
            case none
        }

        var answer: Answer
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
    /// The answers that libmodbus does not make.
    private let own: UnsafeMutableBufferPointer<UInt8>

    init(_ modbus: ModbusProtocol) {
        self.modbus = modbus
        own = .allocate(capacity: ModbusFrame.maximumBytes)
    }

    deinit { own.deallocate() }

    /// Answers one whole frame.
    func answer(_ frame: UnsafeBufferPointer<UInt8>, from device: ModbusDevice) -> Outcome {
        let request = Request(frame: frame)
        // Functions from 0x80 are answers' own; libmodbus would make a false success of the exception.
        guard (1..<0x80).contains(request.function) else { return Outcome(answer: .none, isRefused: true) }
        if device.fault.isSilent { return Outcome(answer: .silence) }
        if let code = device.fault.exception { return refuse(UInt32(code), request) }
        guard let bank = device.bank(ofUnit: request.unit) else {
            switch device.plan.configuration.vendor.strangeUnit {
            case .noPath: return refuse(ModbusException.noPath, request)
            case .silence: return Outcome(answer: .silence, isRefused: true)
            case .targetFailed, .ignored: return refuse(ModbusException.targetFailedToRespond, request)
            }
        }
        var outcome = answer(request, from: bank, of: device)
        if device.plan.configuration.vendor.absentRegisters == .silence, case .bytes(let bytes) = outcome.answer,
            outcome.isRefused, bytes.count == 9, bytes[8] == UInt8(ModbusException.illegalAddress)
        {
            outcome.answer = .silence
        }
        return outcome
    }

    private func answer(_ request: Request, from bank: any RegisterBank, of device: ModbusDevice) -> Outcome {
        switch request.function {
        case Function.readHolding, Function.readInput: read(request, from: bank)
        case Function.writeSingle, Function.writeMultiple: write(request, to: bank)
        case Function.reportServerID: reportServerID(request, device.plan.configuration.vendor.manufacturer)
        case Function.encapsulated: identify(request, device.plan.configuration.vendor.manufacturer)
        default: refuse(ModbusException.illegalFunction, request)
        }
    }

    private func read(_ request: Request, from bank: any RegisterBank) -> Outcome {
        guard request.bodyCount == 4, (1...Self.readLimitRegisters).contains(request.word(2)) else {
            return refuse(ModbusException.illegalValue, request)
        }
        return reply(request, from: bank)
    }

    private func write(_ request: Request, to bank: any RegisterBank) -> Outcome {
        guard let values = values(request) else { return refuse(ModbusException.illegalValue, request) }
        let address = request.word(0)
        if let code = bank.refusal(ofWriting: values, at: address) { return refuse(code, request) }
        var outcome = reply(request, from: bank)
        if !outcome.isRefused {
            bank.write(values, at: address)
            outcome.isWrite = true
        }
        return outcome
    }

    private func reply(_ request: Request, from bank: any RegisterBank) -> Outcome {
        var answer: UnsafeBufferPointer<UInt8>?
        let isThere = bank.withRun(at: request.word(0)) { base, registers in
            answer = modbus.reply(to: request.frame, registers: registers, startingAt: base)
        }
        guard isThere else { return refuse(ModbusException.illegalAddress, request) }
        guard let answer else { return Outcome(answer: .none, isRefused: true) }
        return Outcome(answer: .bytes(answer), isRefused: answer.count > 7 && answer[7] & 0x80 != 0)
    }

    /// The registers that a write carries; nil when the body is not as long as it says.
    private func values(_ request: Request) -> [UInt16]? {
        if request.function == Function.writeSingle {
            return request.bodyCount == 4 ? [UInt16(request.word(2))] : nil
        }
        guard request.bodyCount >= 5 else { return nil }
        let count = request.word(2)
        guard (1...Self.writeLimitRegisters).contains(count), request.byte(4) == 2 * count,
            request.bodyCount == 5 + 2 * count
        else { return nil }
        return (0..<count).map { UInt16(request.word(5 + 2 * $0)) }
    }

    /// Function 0x11, which libmodbus would answer with its own name.
    private func reportServerID(_ request: Request, _ maker: String) -> Outcome {
        guard request.bodyCount == 0 else { return refuse(ModbusException.illegalValue, request) }
        let name = Array(maker.utf8.prefix(64))
        return answer(request, [UInt8(name.count + 2), request.unit] + [0xFF] + name)
    }

    /// Function 0x2B/0x0E: who made this, as objects of the basic category.
    private func identify(_ request: Request, _ maker: String) -> Outcome {
        guard request.bodyCount == 3, request.byte(0) == 0x0E else {
            return refuse(ModbusException.illegalFunction, request)
        }
        let objects = [String(maker.prefix(64)), "PV", "1.0"]
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
        return answer(request, body)
    }

    private func refuse(_ code: UInt32, _ request: Request) -> Outcome {
        guard let answer = modbus.exception(code, to: request.frame) else {
            return Outcome(answer: .none, isRefused: true)
        }
        return Outcome(answer: .bytes(answer), isRefused: true)
    }

    /// An answer of ours.
    private func answer(_ request: Request, _ body: [UInt8]) -> Outcome {
        let length = 2 + body.count
        let head = request.frame.prefix(4) + [UInt8(length >> 8), UInt8(length & 255), request.unit, request.function]
        _ = own.update(fromContentsOf: head + body)
        return Outcome(answer: .bytes(UnsafeBufferPointer(rebasing: own[..<(head.count + body.count)])))
    }
}

extension ModbusResponder {
    /// A request whose frame is whole.
    private struct Request {
        let frame: UnsafeBufferPointer<UInt8>

        var unit: UInt8 { frame[6] }
        var function: UInt8 { frame[7] }
        var bodyCount: Int { frame.count - 8 }

        func byte(_ index: Int) -> Int { Int(frame[8 + index]) }
        func word(_ index: Int) -> Int { byte(index) << 8 | byte(index + 1) }
    }
}
