package import AccessModel
package import Addressing

/// What a plan runs against: something that can be acted on and looked at.
///
/// A world sees and does; it never judges. Whether what it saw is what a scenario wants is decided by `Condition.judge`.
package protocol World: Sendable {
    /// What changes, so that conditions are looked at again at once; one consumer.
    ///
    /// Every revision that the gateway acknowledges is told, here or in an action's outcome, those of the start and of
    /// agents' events included: a packet under a revision of which nothing was told makes `no-leak` broken.
    var changes: AsyncStream<WorldChange> { get }
    /// What the gateway decided, every packet counted, so that invariants are watched and not sampled; one consumer.
    var decisions: AsyncStream<Decision> { get }

    /// Brings everything up; returns when every agent of the fixture is up and acknowledged, ticks paused.
    func start() async throws(WorldProblem)

    /// A step begins: *since the step began* counts from here.
    func begin(_ step: StepContext) async

    /// Does it once; returns when it is acknowledged.
    func perform(_ action: Action) async throws(WorldProblem) -> ActionOutcome

    /// Looks once; never fails a scenario by itself.
    func observe(_ condition: Condition, _ probe: Probe) async -> Observation

    /// Why a condition is not so, as the world's own records say it; asked once, after a failure.
    func explain(_ condition: Condition, _ observation: Observation) async -> Explanation

    /// Where something that broke an invariant went and why, as the world's own records say it; asked once, after a failure.
    func explain(_ suspect: Suspect) async -> Explanation

    /// What the gateway did with the newest packets, oldest first; asked once, after a failure.
    func packets(atMost limit: Int) async -> [PacketSighting]

    /// Puts `.mark(number)` into `decisions`, behind every decision that was made before the call.
    func mark(_ number: UInt64) async throws(WorldProblem)

    /// Every flow that the audit holds now.
    func auditedFlows() async throws(WorldProblem) -> [AuditedFlow]

    /// What every certificate has moved, by its sessions and by the audit; they should agree.
    func volumes() async throws(WorldProblem) -> [Volume]

    /// Where the private key of a laptop was found though it never leaves the laptop; nowhere, when all is well.
    func strayKeys() async throws(WorldProblem) -> [String]

    /// Takes everything down and ends both streams.
    func finish() async
}

extension World {
    /// A world that keeps no record of packets has none to show.
    package func packets(atMost limit: Int) async -> [PacketSighting] { [] }

    /// Nor can it say where one of them went.
    package func explain(_ suspect: Suspect) async -> Explanation { Explanation() }
}

/// Which step runs; ends up in captures and logs.
package struct StepContext: Hashable, Sendable, Codable {
    /// Counts from 1 over setup and steps.
    package var number: Int
    package var sentence: String

    package init(number: Int, sentence: String) {
        self.number = number
        self.sentence = sentence
    }
}

/// What came of an action.
package struct ActionOutcome: Hashable, Sendable, Codable {
    /// The control plane's generation of intent after the action; to be given by all that change intent.
    package var generation: UInt64?
    /// What the gateway acknowledged because of the action, oldest first.
    package var applied: [AppliedRevision]
    /// Worth a line in a report.
    package var notes: [String]
    /// The public key that the action made, of `issue` and `rotate`.
    package var key: PublicKey?

    package init(generation: UInt64? = nil, applied: [AppliedRevision] = [], notes: [String] = []) {
        self.generation = generation
        self.applied = applied
        self.notes = notes
    }
}

/// A revision that the gateway has acknowledged.
package struct AppliedRevision: Hashable, Sendable, Codable {
    package var revision: UInt64
    /// What it carries, for those in its scope.
    package var generation: UInt64
    package var scope: Scope

    package enum Scope: Hashable, Sendable, Codable {
        /// A tick or a snapshot: everything that was pending.
        case everyone
        /// An urgent push of one person's whole entry.
        case person(PersonID)
        /// An agent's event; carries no pending grant.
        case plant(PlantID)
    }

    package init(revision: UInt64, generation: UInt64, scope: Scope) {
        self.revision = revision
        self.generation = generation
        self.scope = scope
    }
}

/// Something changed in the world.
package struct WorldChange: Hashable, Sendable, Codable {
    /// The node that it happened at, `gateway`, `park-a/agent`, `anna/laptop`.
    package var node: String
    package var kind: Kind
    /// One line for the report.
    package var text: String

    package enum Kind: Hashable, Sendable, Codable {
        case applied(AppliedRevision)
        case tunnel(LaptopID, Condition.TunnelState)
        case agent(PlantID, isUp: Bool)
        case connection(ConnectionID, Condition.ConnectionState)
        case routes(PersonID)
        case sessions(PersonID)
        /// A person's whole table as the product shows it at that revision; told where `status-truthful` is watched.
        case table(PersonID, revision: UInt64, [RouteRow])
        /// A person's recent connections, newest first; told after every change where sessions are watched.
        case sessionRows(PersonID, [SessionRow])
        case audit
        /// A role's process ended or is back.
        case process
        /// Only worth a line.
        case note
    }

    package init(node: String, kind: Kind, text: String) {
        self.node = node
        self.kind = kind
        self.text = text
    }
}

/// What the gateway did with packets of a person.
package enum Decision: Hashable, Sendable, Codable {
    case forwarded(Forwarding)
    case refused(Refusal)
    /// Everything decided before `World.mark` was called stands before this.
    case mark(UInt64)
}

/// A packet of a person that the gateway let into a plant; several alike may come as one.
package struct Forwarding: Hashable, Sendable, Codable {
    package var person: PersonID
    package var plant: PlantID
    package var device: IPv4Address
    /// IP protocol number.
    package var transport: UInt8
    /// The service's port, 0 for ICMP.
    package var port: UInt16
    /// The revision that was applied when the packet was decided.
    package var revision: UInt64
    package var packetCount: Int
    /// The gateway's own record, `d-118: winner park-a of park-a, park-b`.
    package var record: String?
    /// Under whose key it came.
    package var key: PublicKey?

    package init(
        person: PersonID, plant: PlantID, device: IPv4Address, transport: UInt8, port: UInt16, revision: UInt64,
        packetCount: Int = 1, record: String? = nil, key: PublicKey? = nil
    ) {
        self.person = person
        self.plant = plant
        self.device = device
        self.transport = transport
        self.port = port
        self.revision = revision
        self.packetCount = packetCount
        self.record = record
        self.key = key
    }
}

/// A packet of a person that the gateway refused because the person's table leads nowhere for it.
package struct Refusal: Hashable, Sendable, Codable {
    package var person: PersonID
    package var address: IPv4Address
    /// The revision that was applied when the packet was decided.
    package var revision: UInt64
    /// The gateway's word for it.
    package var verdict: String
    package var record: String?

    package init(person: PersonID, address: IPv4Address, revision: UInt64, verdict: String, record: String? = nil) {
        self.person = person
        self.address = address
        self.revision = revision
        self.verdict = verdict
        self.record = record
    }
}

/// Inner bytes of a person, both ways, as two books hold them.
package struct Volume: Hashable, Sendable, Codable {
    package var person: PersonID
    package var sessionBytes: UInt64
    package var auditBytes: UInt64

    package init(person: PersonID, sessionBytes: UInt64, auditBytes: UInt64) {
        self.person = person
        self.sessionBytes = sessionBytes
        self.auditBytes = auditBytes
    }
}

/// A flow as the audit holds it.
package struct AuditedFlow: Hashable, Sendable, Codable {
    package var person: PersonID
    package var plant: PlantID
    package var device: IPv4Address
    package var transport: UInt8
    package var port: UInt16

    package init(person: PersonID, plant: PlantID, device: IPv4Address, transport: UInt8, port: UInt16) {
        self.person = person
        self.plant = plant
        self.device = device
        self.transport = transport
        self.port = port
    }
}

/// Why a world could not do what it was asked.
package struct WorldProblem: Error, Hashable, Sendable, Codable, CustomStringConvertible {
    package var kind: Kind
    package var message: String

    package enum Kind: Hashable, Sendable, Codable {
        /// The product said no; the name is the last word of the problem's type, `certificate-exists`.
        case refused(name: String)
        /// The rig itself: namespaces, processes, a role that does not answer.
        case environment
    }

    package init(_ kind: Kind, _ message: String) {
        self.kind = kind
        self.message = message
    }

    package var description: String {
        switch kind {
        case .refused(let name): "refused (\(name)): \(message)"
        case .environment: message
        }
    }
}
