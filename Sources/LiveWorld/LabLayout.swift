import AccessModel
import Addressing
package import ScenarioModel

/// Where everything stands in a lab: the addresses that no fixture says, and the nodes' names and paths.
enum LabLayout {
    static let gateway = Endpoint(IPv4Address(203, 0, 113, 1), 51820)
    static let controlPlane = Endpoint(IPv4Address(203, 0, 113, 10), 8080)
    /// The UDP port of the first thousand agents, each on its own WAN address; of the next thousand the next port, and so on.
    static let agentPort: UInt16 = 51821
    /// The gateway's own inner address; refusals come from it, and it answers pings.
    static let gatewayTunnelAddress = IPv4Address(100, 64, 0, 1)
    /// What fits through every tunnel of a lab.
    static let tunnelMTUBytes = 1420
    /// Everything that counts as the internet's address space in a lab: each is local to the internet's namespace.
    static let internetPrefixes = [
        Prefix(around: IPv4Address(198, 18, 0, 0), length: 15),
        Prefix(around: IPv4Address(198, 51, 100, 0), length: 24),
        Prefix(around: IPv4Address(203, 0, 113, 0), length: 24), Prefix(around: IPv4Address(192, 0, 2, 0), length: 24),
    ]
    static let namespaceFolder = "/run/netns"
    static let stateFolder = "/run/mirox"
    /// The home of whoever works at a node; goes with the lab.
    static let home = "/run/home"

    static func node(of laptop: LaptopID) -> String { laptop.description }

    static func node(of plant: PlantID) -> String { "plant/\(plant)" }

    static func path(of node: String) -> String { "\(namespaceFolder)/\(node)" }
}

/// The places of a lab where programs can run.
package enum LabNodes {
    /// The home of whoever works there.
    package static var home: String { LabLayout.home }

    /// Every node of a fixture, the internet first.
    package static func names(of fixture: Fixture) -> [String] {
        ["internet", "gateway"] + fixture.plants.map { LabLayout.node(of: $0.id) }
            + fixture.laptops.map { LabLayout.node(of: $0.id) }
    }
}
