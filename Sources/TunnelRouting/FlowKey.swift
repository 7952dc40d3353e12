import Addressing

/// What tells flows apart: the five-tuple, user's side first, and the plant.
///
/// An ICMP echo has its identifier as user's port; a transport without ports has zeros.
struct FlowKey: Hashable, Sendable {
    var user: UInt32
    var device: UInt32
    var userPort: UInt16
    var devicePort: UInt16
    var plant: Int32
    var transport: UInt8

    /// Stands for the plant in keys that name a five-tuple only.
    static let anyPlant: Int32 = -1

    var withAnyPlant: Self {
        var key = self
        key.plant = Self.anyPlant
        return key
    }

    var deviceAddress: IPv4Address { IPv4Address(number: device) }
    var userEndpoint: Endpoint { Endpoint(IPv4Address(number: user), userPort) }
    var deviceEndpoint: Endpoint { Endpoint(deviceAddress, devicePort) }

    /// Spreads over 64 bits; the seed keeps users from choosing ports that collide.
    func mixed(_ seed: UInt64) -> UInt64 {
        let addresses = UInt64(user) << 32 | UInt64(device)
        let rest =
            UInt64(userPort) << 48 | UInt64(devicePort) << 32 | UInt64(UInt32(bitPattern: plant)) << 8
            ^ UInt64(transport)
        var hash = (addresses ^ seed) &* 0x9FB2_1C65_1E98_DF25
        hash ^= hash >> 32
        hash = (hash ^ rest) &* 0xD6E8_FEB8_6659_FD93
        return hash ^ (hash >> 29)
    }
}
