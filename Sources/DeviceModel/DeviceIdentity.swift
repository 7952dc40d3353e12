/// Which device of which plant this is: what every virtual device tells about itself, in the way of its protocol.
///
/// With overlapping subnets, who answered is the only thing that proves where a packet went.
package struct DeviceIdentity: Hashable, Sendable, Codable {
    package let plant: String
    package let device: String

    package init(plant: String, device: String) {
        self.plant = plant
        self.device = device
    }
}

extension DeviceIdentity: Comparable, CustomStringConvertible {
    package static func < (left: Self, right: Self) -> Bool {
        (left.plant, left.device) < (right.plant, right.device)
    }

    /// `park-a/inverter-1`, which is also the serial number of a Modbus device.
    package var description: String { "\(plant)/\(device)" }
}
