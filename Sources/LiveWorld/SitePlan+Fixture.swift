import AccessModel
import Addressing
import LabProtocol
import ScenarioModel

extension SitePlan {
    /// A plant as the fixture says it, with the token its agent enrols with.
    init(_ plant: Fixture.Plant, seed: UInt64, enrolmentToken: String?) throws {
        let firstSubnet = plant.subnets.first?.prefix
        let fallback = firstSubnet.map { IPv4Address(number: $0.address.number + 2) } ?? plant.agent.wan
        self.init(
            plant: plant.id, agentAddress: plant.agent.wan, agentLANAddress: plant.agent.lan ?? fallback,
            masquerades: plant.agent.nat == .masquerade, subnets: plant.subnets.map(\.prefix),
            latitude: plant.place?.latitude ?? 48.14, longitude: plant.place?.longitude ?? 11.58,
            devices: try plant.devices.map { try SitePlanDevice($0, in: plant.id, seed: seed) },
            enrolmentToken: enrolmentToken)
    }
}

extension SitePlanDevice {
    fileprivate init(_ device: Fixture.Device, in plant: PlantID, seed: UInt64) throws {
        let role: Role =
            switch device.type {
            case .inverter: .inverter(ratedWatts: Double(device.ratedWatts))
            case .datalogger: .datalogger
            case .servicePC:
                .servicePC(
                    users: try device.users.map { user in
                        let key = DerivedKey("user \(user.name)", of: device.name, in: plant, seed: seed)
                        return ServiceUser(
                            name: user.name, password: user.password,
                            publicKey: user.hasDerivedKey ? try key.publicText : nil)
                    }, hostKeySeed: DerivedKey("host", of: device.name, in: plant, seed: seed).seed)
            }
        self.init(name: device.name, address: device.address, role: role)
    }
}
