import AccessModel
package import Addressing
import ControlProtocol
import Foundation
import LabProtocol
import LinuxFabric
package import ScenarioModel

/// A world made of real namespaces and processes, seen from the conductor: the first process of ours inside a lab.
///
/// The conductor's own network namespace is the internet.
package actor LiveWorld: World {
    package nonisolated let changes: AsyncStream<WorldChange>
    package nonisolated let decisions: AsyncStream<Decision>

    let fixture: Fixture
    let options: LabOptions
    let secrets: LabSecrets
    let reports: WorldReports
    let api = ControlPlaneAPI(endpoint: LabLayout.controlPlane)

    var controlPlane: RoleLink<ControlPlaneConversation>?
    var gateway: RoleLink<GatewayConversation>?
    var plants: RoleLink<PlantsConversation>?
    var laptops: RoleLink<LaptopsConversation>?

    /// The newest `.conf` on each laptop; nowhere else is the private key in it.
    var profiles: [LaptopID: String] = [:]
    /// The laptop that holds the person's certificate.
    var holders: [PersonID: LaptopID] = [:]
    var connected: Set<LaptopID> = []
    var connections: [ConnectionID: KeptConnection] = [:]
    var namespaces: [String: NetworkNamespace] = [:]
    /// Link faults by the id that heals them, for what the scenario did not name.
    var faults: [FaultID] = []
    /// How many packets each laptop's tunnel had received when the step began.
    var receivedAtStepBegin: [LaptopID: UInt64] = [:]
    var tasks: [Task<Void, Never>] = []

    package init(fixture: Fixture, options: LabOptions) {
        self.fixture = fixture
        self.options = options
        secrets = LabSecrets(for: fixture)
        let (changes, changing) = AsyncStream<WorldChange>.makeStream()
        let (decisions, deciding) = AsyncStream<Decision>.makeStream()
        self.changes = changes
        self.decisions = decisions
        reports = WorldReports(changes: changing, decisions: deciding)
    }
}

/// What a lab is built with, besides its fixture.
package struct LabOptions: Sendable {
    /// The lab's name, as processes show it.
    package var name: String
    package var seed: UInt64
    /// Where the control plane keeps its database.
    package var databasePath: String
    /// False: the sync clock belongs to the scenario.
    package var ticks: Bool
    /// A listening TCP socket on the host, for the control plane's API and pages.
    package var webDescriptor: Int32?
    /// A UDP socket on the host through which stock clients reach the gateway, and the address to print for it.
    package var exposed: ExposedSocket?

    package init(
        name: String, seed: UInt64, databasePath: String = "/run/mirox/control-plane.sqlite", ticks: Bool = false,
        webDescriptor: Int32? = nil, exposed: ExposedSocket? = nil
    ) {
        self.name = name
        self.seed = seed
        self.databasePath = databasePath
        self.ticks = ticks
        self.webDescriptor = webDescriptor
        self.exposed = exposed
    }
}

/// A UDP socket that was made on the host and handed into the lab.
package struct ExposedSocket: Sendable, Hashable {
    package var descriptor: Int32
    /// As clients on the host reach it.
    package var endpoint: Endpoint

    package init(descriptor: Int32, endpoint: Endpoint) {
        self.descriptor = descriptor
        self.endpoint = endpoint
    }
}
