import Addressing
import DeviceModel

/// What a device's service is told about it, and where it keeps account.
struct DeviceRecord: Sendable {
    let identity: DeviceIdentity
    let tally = DeviceTally()
    let faults = FaultSwitch()
    /// The network that it reaches without a gateway.
    let lan: Prefix?
}
