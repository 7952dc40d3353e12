package import AccessModel
import Addressing
import ControlProtocol
package import Timebase

/// The gateway without sockets, keys and clock: decides the fate of every inner packet.
///
/// Revisions go in through `apply`, packets through `receive`, time through `advance`. What the core itself wants to send waits in
/// `outbox`: after every call, or batch of `receive` calls, seal and send it, then empty it. Nothing is allocated per forwarded packet.
package struct GatewayCore {
    package let configuration: GatewayConfiguration
    /// Packets that the gateway made itself.
    package var outbox: Outbox

    // What is applied; see GatewayCore+Apply
    package internal(set) var revision: UInt64 = 0
    package internal(set) var contentHash: String
    var view = ReleasedView()
    /// Of `view`.
    var digest = ViewDigest()
    var tables = RouteTableStore()
    var roles: [Role] = []
    var freePeers: [Int32] = []
    var people: [Person] = []
    var freePeople: [Int32] = []
    var agents: [Agent] = []
    var freeAgents: [Int32] = []
    var plants: [Plant] = []
    var personSlots: [PersonID: Int32] = [:]
    var agentSlots: [AgentID: Int32] = [:]
    var plantSlots: [PlantID: Int32] = [:]
    /// Of all people and agents.
    var keys: Set<PublicKey> = []
    /// Who has a tunnel address.
    var addressSlots: [UInt32: Int32] = [:]

    // Packets
    var flows: FlowTable
    /// The latest tombstone of a TCP five-tuple, whatever its plant.
    var tombstones: [FlowKey: Int32] = [:]
    var fragments = FragmentCache()
    var volumes: [Volume] = []
    /// What keys moved that are nobody's now; one that comes back goes on from there, since what a key moved never falls.
    var formerVolumes: [PublicKey: Volume] = [:]
    static let mostFormerVolumes = 65_536
    var counts = [UInt64](repeating: 0, count: Int(Verdict.allCases.map(\.rawValue).max() ?? 0) + 1)
    package internal(set) var refusalsSuppressed: UInt64 = 0
    package internal(set) var cutFlows: UInt64 = 0

    // Grants, audit, watching
    package internal(set) var leaseUntil: Moment?
    package internal(set) var isLeaseExpired = false
    var denials: DenialLog
    var touches: [FlowTouch] = []
    /// Touches that were not kept because nobody took the earlier ones.
    package internal(set) var touchesLost: UInt64 = 0
    /// Flows to report for the first time.
    var freshFlows: [Int32] = []
    /// Flows that grew since they were last reported.
    var dirtyFlows: [Int32] = []
    var lastSweep = Moment(nanoseconds: 0)
    var decisions: DecisionBuffer
    /// Whether decisions are kept to be taken.
    package var isWatched = false {
        didSet { if isWatched { decisions.reserve() } else { decisions.removeAll() } }
    }

    package init(configuration: GatewayConfiguration = GatewayConfiguration()) {
        self.configuration = configuration
        outbox = Outbox(limitPackets: max(4_096, 2 * configuration.flowLimit))
        flows = FlowTable(limit: configuration.flowLimit, seed: configuration.hashSeed)
        denials = DenialLog(limit: configuration.denialLimit)
        decisions = DecisionBuffer(limit: configuration.decisionLimit)
        contentHash = digest.text
    }

    // MARK: What is asked from outside

    /// How often packets had that fate since the core began.
    package func count(of verdict: Verdict) -> UInt64 { counts[Int(verdict.rawValue)] }

    /// Flows and tombstones in the table.
    package var flowCount: Int { flows.count }

    /// Route tables in use; people with equal routes share one.
    package var tableCount: Int { tables.count }

    /// Kinds of denied attempts that the audit does not know one by one, because there were too many.
    package var denialOverflow: UInt64 { denials.overflow }

    /// Who a peer is, for reports.
    package enum PeerIdentity: Hashable, Sendable {
        case person(PersonID)
        case agent(AgentID, PlantID)
    }

    package func identity(of peer: PeerSlot) -> PeerIdentity? {
        switch role(of: peer) {
        case .vacant: nil
        case .person(let slot): .person(people[Int(slot)].id)
        case .agent(let slot): .agent(agents[Int(slot)].id, plants[Int(agents[Int(slot)].plant)].id)
        }
    }

    /// Inner IP bytes that were forwarded from and to a peer.
    package func volume(of peer: PeerSlot) -> Volume {
        volumes.indices.contains(Int(peer.index)) ? volumes[Int(peer.index)] : Volume()
    }

    package struct Volume: Hashable, Sendable {
        package var bytesFromPeer: UInt64 = 0
        package var bytesToPeer: UInt64 = 0
    }

    /// Which agent gets the packets for a plant now.
    package func chosenAgent(of plant: PlantID) -> AgentID? {
        guard let slot = plantSlots[plant], plants[Int(slot)].chosen >= 0 else { return nil }
        return agents[Int(plants[Int(slot)].chosen)].id
    }

    // MARK: Records

    enum Role {
        case vacant
        case person(Int32)
        case agent(Int32)
    }

    struct Person {
        var id: PersonID
        var publicKey: PublicKey
        var address: IPv4Address
        var peer: Int32
        var routes: [RouteEntry]
        var table: RouteTable
        var refusals = RateLimit()
        var newDenials = RateLimit()
        /// Head of the list of this person's flows.
        var firstFlow: Int32 = -1
        var flowCount: Int32 = 0
        /// Where the last packet came from.
        var source: Endpoint
    }

    struct Agent {
        var id: AgentID
        var plant: Int32
        var publicKey: PublicKey
        var peer: Int32
        var sources: AddressSet
        var isLive = false
    }

    struct Plant {
        var id: PlantID
        /// Slots of its agents, by id.
        var agents: [Int32] = []
        /// The agent that gets the packets, -1 for none.
        var chosen: Int32 = -1
    }

    func role(of peer: PeerSlot) -> Role {
        roles.indices.contains(Int(peer.index)) ? roles[Int(peer.index)] : .vacant
    }
}
