import AccessModel
package import Addressing
import Browser
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
    /// The database was kept from an earlier lab: people and agents are known to it, their keys went with that lab.
    let isContinued: Bool
    /// `nil`: everything goes with the lab.
    let kept: KeptFolder?
    let reports: WorldReports
    let api = ControlPlaneAPI(endpoint: LabLayout.controlPlane)

    var controlPlane: RoleLink<ControlPlaneConversation>?
    var gateway: RoleLink<GatewayConversation>?
    var plants = PlantProcesses()
    var laptops: RoleLink<LaptopsConversation>?

    /// The newest `.conf` on each laptop; nowhere else is the private key in it.
    var profiles: [LaptopID: String] = [:]
    /// The laptop that holds the person's certificate.
    var holders: [PersonID: LaptopID] = [:]
    /// The newest key pair made on each laptop; the private halves are here to be looked for elsewhere.
    var publicKeys: [LaptopID: PublicKey] = [:]
    var privateKeys: [LaptopID: [UInt8]] = [:]
    /// Whose sessions were lost with a certificate, or may have been.
    var everRevoked: Set<PersonID> = []
    /// Whether a gateway process was killed, with what it had not told yet.
    var hasLostGateway = false
    var connected: Set<LaptopID> = []
    /// Files that were put aside, by name.
    var keptProfiles: [String: String] = [:]
    /// Where those laptops stand that have moved.
    var places: [LaptopID: IPv4Address] = [:]
    var connections: [ConnectionID: KeptConnection] = [:]
    var pollers: [ConnectionID: Poller] = [:]
    var programs: [ProgramID: KeptProgram] = [:]
    var namespaces: [String: NetworkNamespace] = [:]
    /// What is wrong on purpose, oldest first.
    var faults: [InjectedFault] = []
    var unnamedFaults = 0
    /// Ways to and from the control plane that faults cut, by fault.
    var cutWays: [FaultID: Set<AddressWay>] = [:]
    /// The same as they were asked for, for the next lab with the same folder.
    var keptFaults: [Action.Fault] = []
    /// How many packets each laptop's tunnel had received when the step began.
    var receivedAtStepBegin: [LaptopID: UInt64] = [:]
    /// When the step began, on the wall clock.
    var stepBegan = Timestamp.now
    /// What each kept connection was opened for.
    var openings: [ConnectionID: Action.Opening] = [:]
    /// Where the record of what people do begins.
    var recordSince: (sequence: UInt64, at: Timestamp) = (0, .beginning)
    var doneSteps: [DoneSteps] = []
    var tasks: [Task<Void, Never>] = []
    /// Starts with the first page that a scenario opens.
    var driver: WebDriver?
    var browsers: [LaptopID: LaptopBrowser] = [:]
    /// Told once the place of a gateway from elsewhere is ready to be taken; the lab is not before it is.
    private(set) var onGatewayAwaited: (@Sendable () -> Void)?
    /// What is captured at the moment.
    var capture: LabCapture?

    package func setOnGatewayAwaited(_ body: @escaping @Sendable () -> Void) { onGatewayAwaited = body }

    /// - Throws: when a kept database is another fixture's.
    package init(fixture: Fixture, options: LabOptions) throws(WorldProblem) {
        self.fixture = fixture
        self.options = options
        if let path = options.keptDatabasePath {
            (secrets, isContinued) = try KeptLab.secrets(for: fixture, databasePath: path)
        } else {
            (secrets, isContinued) = (LabSecrets(for: fixture), false)
        }
        kept = options.keptDatabasePath.map { KeptFolder(databasePath: $0) }
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
    /// A database on the host that outlives the lab; `nil`: it goes with the lab.
    package var keptDatabasePath: String?
    /// False: the sync clock belongs to the scenario.
    package var ticks: Bool
    /// A listening TCP socket on the host, for the control plane's API and pages.
    package var web: HandedOver?
    /// A UDP socket on the host through which stock clients reach the gateway, and the address to print for it.
    package var exposed: HandedOver?
    /// The gateway's place is left to one from elsewhere.
    package var isGatewayExternal = false
    /// `nil`: no packet is captured.
    package var capture: CaptureOptions?
    /// The invariants for which more is told than the gateway tells by itself.
    package var watched: [Invariant] = []

    package init(
        name: String, seed: UInt64, keptDatabasePath: String? = nil, ticks: Bool = false,
        web: HandedOver? = nil, exposed: HandedOver? = nil
    ) {
        self.name = name
        self.seed = seed
        self.keptDatabasePath = keptDatabasePath
        self.ticks = ticks
        self.web = web
        self.exposed = exposed
    }
}

/// A socket that was made on the host and handed into the lab.
package struct HandedOver: Sendable, Hashable {
    package var descriptor: Int32
    /// As clients on the host reach it.
    package var endpoint: Endpoint

    package init(descriptor: Int32, endpoint: Endpoint) {
        self.descriptor = descriptor
        self.endpoint = endpoint
    }
}
