import DeviceModel

/// The registers of one unit.
///
/// Confined to the thread of the Modbus server.
protocol RegisterBank: AnyObject {
    /// Lends the registers that follow each other where that address lies, as they are now; false when none lie there.
    func withRun(
        at address: Int, _ body: (_ base: Int, _ registers: UnsafeMutableBufferPointer<UInt16>) -> Void
    ) -> Bool

    /// Whether those registers may be written so: nil is yes, otherwise the Modbus exception to answer with.
    func refusal(ofWriting values: [UInt16], at address: Int) -> UInt32?

    /// Makes a write that is not refused take effect.
    func write(_ values: [UInt16], at address: Int)

    /// What is wrong with the device has changed.
    func invalidate()
}

/// Where every device says who it is: "MIRX", the plant's name and the device's.
enum IdentityBlock {
    static let base = 49_000
    static let nameRegisters = 32

    static func registers(_ identity: DeviceIdentity) -> [UInt16] {
        registerText("MIRX", count: 2) + registerText(identity.plant, count: nameRegisters)
            + registerText(identity.device, count: nameRegisters)
    }
}

/// What somebody read out of a real device, as it was then; what is written stays.
final class DumpBank: RegisterBank {
    private var runs: [RegisterRun]

    init(_ runs: [RegisterRun], identity: DeviceIdentity) {
        let own = RegisterRun(base: IdentityBlock.base, values: IdentityBlock.registers(identity))
        let taken = own.base..<own.base + own.values.count
        let isFree = !runs.contains { $0.base < taken.upperBound && $0.base + $0.values.count > taken.lowerBound }
        self.runs = isFree ? runs + [own] : runs
    }

    func withRun(
        at address: Int, _ body: (_ base: Int, _ registers: UnsafeMutableBufferPointer<UInt16>) -> Void
    ) -> Bool {
        guard let index = index(of: address) else { return false }
        let base = runs[index].base
        runs[index].values.withUnsafeMutableBufferPointer { body(base, $0) }
        return true
    }

    func refusal(ofWriting values: [UInt16], at address: Int) -> UInt32? {
        guard let index = index(of: address), address + values.count <= runs[index].base + runs[index].values.count
        else { return ModbusException.illegalAddress }
        return nil
    }

    /// libmodbus has written them into the run already.
    func write(_ values: [UInt16], at address: Int) {}

    func invalidate() {}

    private func index(of address: Int) -> Int? {
        runs.firstIndex { ($0.base..<$0.base + $0.values.count).contains(address) }
    }
}
