import DeviceModel

/// What a SunSpec device measures and can be told.
protocol Instrument: AnyObject {
    /// Sets what never changes.
    func describe(_ image: inout SunSpecImage)

    /// Sets what is measured, and what it was told, as it is now.
    func measure(_ image: inout SunSpecImage)

    /// Whether it takes these points, each a register: nil is yes, otherwise the Modbus exception.
    func refusal(of points: [(name: String, value: UInt16)]) -> UInt32?

    func take(_ points: [(name: String, value: UInt16)])

    var now: UnixTime { get }
}

/// A SunSpec chain and the block that says who the device is.
final class SunSpecBank: RegisterBank {
    /// Measured values are renewed when they are older than this; a client that reads model by model sees them move.
    private static let freshSeconds = 0.2

    private let base: Int
    private var image: SunSpecImage
    private var identity: [UInt16]
    private let instrument: any Instrument
    private var renewed: UnixTime?

    init(
        _ instrument: any Instrument, layout: SunSpecLayout, vendor: VendorProfile, identity: DeviceIdentity,
        serial: String, model: String
    ) {
        base = vendor.sunSpecBase
        self.instrument = instrument
        image = SunSpecImage(layout)
        self.identity = IdentityBlock.registers(identity)
        image.set("1.Mn", text: vendor.manufacturer)
        image.set("1.Md", text: model)
        image.set("1.Vr", text: "1.0")
        image.set("1.SN", text: serial)
        image.set("1.DA", raw: Int(vendor.unitIDs.first ?? 1))
        instrument.describe(&image)
    }

    func withRun(
        at address: Int, _ body: (_ base: Int, _ registers: UnsafeMutableBufferPointer<UInt16>) -> Void
    ) -> Bool {
        // A chain may begin behind it, at 50000.
        if (IdentityBlock.base..<IdentityBlock.base + identity.count).contains(address) {
            identity.withUnsafeMutableBufferPointer { body(IdentityBlock.base, $0) }
        } else {
            renew()
            image.registers.withUnsafeMutableBufferPointer { body(base, $0) }
        }
        return true
    }

    func refusal(ofWriting values: [UInt16], at address: Int) -> UInt32? {
        guard let points = points(values, at: address) else { return ModbusException.illegalAddress }
        return instrument.refusal(of: points)
    }

    func write(_ values: [UInt16], at address: Int) {
        guard let points = points(values, at: address) else { return }
        instrument.take(points)
        renewed = nil
    }

    func invalidate() { renewed = nil }

    /// Every register by the name of the point that begins there; the second of two is called `name+1`.
    private func points(_ values: [UInt16], at address: Int) -> [(name: String, value: UInt16)]? {
        var points: [(name: String, value: UInt16)] = []
        for (index, value) in values.enumerated() {
            let register = address - base + index
            if let name = image.layout.name(at: register) {
                points.append((name, value))
            } else if let name = image.layout.name(at: register - 1),
                image.layout.place(of: name)?.point.registers == 2
            {
                points.append((name + "+1", value))
            } else {
                return nil
            }
        }
        return points
    }

    private func renew() {
        let now = instrument.now
        if let renewed, abs(now - renewed) < Self.freshSeconds { return }
        instrument.measure(&image)
        renewed = now
    }
}
