import AccessModel
import Addressing
import DeviceModel
import Foundation
import Testing

@testable import ScenarioModel

@Suite("A fixture as it is handed to the lab")
struct FixtureCodingTests {
    private static func subnet(devices count: UInt8) -> Fixture.Subnet {
        var devices = (1...count).map { index in
            Fixture.Device(
                name: "inverter-\(index)", address: IPv4Address(10, 1, 1, index), type: .inverter, models: [1, 103])
        }
        devices.append(Fixture.Device(name: "pc", address: IPv4Address(10, 1, 1, 200), type: .servicePC, units: 2))
        var subnet = Fixture.Subnet(prefix: Prefix(around: IPv4Address(10, 1, 1, 0), length: 24), devices: devices)
        subnet.isListed = false
        return subnet
    }

    @Test("comes out as it went in")
    func roundTrip() throws {
        let subnet = Self.subnet(devices: 9)
        let data = try JSONEncoder().encode(subnet)
        #expect(try JSONDecoder().decode(Fixture.Subnet.self, from: data) == subnet)
    }

    @Test("says what devices have in common once")
    func saidOnce() throws {
        func bytes(_ count: UInt8) throws -> Int { try JSONEncoder().encode(Self.subnet(devices: count)).count }
        let device = try JSONEncoder().encode(Self.subnet(devices: 1).devices[0]).count
        #expect(try bytes(101) - bytes(1) < 100 * device / 8)
    }

    @Test("is refused when its lists do not fit together")
    func misfit() throws {
        let text = String(decoding: try JSONEncoder().encode(Self.subnet(devices: 2)), as: UTF8.self)
        for broken in [
            text.replacing("\"pc\"", with: "\"pc\",\"more\""), text.replacing("[0,0,1]", with: "[0,0,2]"),
            text.replacing("[0,0,1]", with: "[0,0]"),
        ] {
            #expect(broken != text)
            #expect(throws: DecodingError.self) {
                try JSONDecoder().decode(Fixture.Subnet.self, from: Data(broken.utf8))
            }
        }
    }
}
