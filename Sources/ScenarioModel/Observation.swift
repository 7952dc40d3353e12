package import AccessModel
package import Addressing
package import DeviceModel

/// How one look is to be taken.
package struct Probe: Hashable, Sendable, Codable {
    package var step: Int
    /// Counts from 1 within the step.
    package var attempt: Int
    /// Whether the world must say if both ends are alive.
    package var needsControl: Bool
    /// How long one attempt may take before it counts as `timeout`.
    package var limit: Duration

    package init(step: Int, attempt: Int, needsControl: Bool, limit: Duration = .seconds(1)) {
        self.step = step
        self.attempt = attempt
        self.needsControl = needsControl
        self.limit = limit
    }
}

/// What a world saw in one look.
package struct Observation: Hashable, Sendable, Codable {
    package var sighting: Sighting
    /// Given when the probe asked for it.
    package var control: PositiveControl?
    /// The records that caused what was seen: decision ids, revisions.
    package var causes: [String]

    package init(_ sighting: Sighting, control: PositiveControl? = nil, causes: [String] = []) {
        self.sighting = sighting
        self.control = control
        self.causes = causes
    }
}

/// The bare facts, by kind of condition.
package enum Sighting: Hashable, Sendable, Codable {
    case reach(Attempt)
    case tunnel(Condition.TunnelState)
    /// The person's whole table, in the API's order; serves `route` and `routes`.
    case routes([RouteRow])
    case connection(Condition.ConnectionState)
    /// Newest first.
    case sessions([SessionRow])
    /// How many entries match.
    case audit(count: Int)
    case access([AccessSighting])
    /// The look itself was refused by the product.
    case refused(name: String)
    case certificate(CertificateSighting)
    case agent(AgentSighting)
    case program(ProgramSighting)
    /// `nil`: there is no such counter.
    case counter(UInt64?)
    case poll(PollTally)
    /// One attempt for each address of `answers`, in its order.
    case answers([Attempt])
    case page(PageSighting)
    /// What the device says of itself.
    case device(DeviceHealth)
    /// The look itself did not come to an end, so nothing can be said.
    case unfinished(String)
}

/// How one attempt from a laptop to a device went.
package struct Attempt: Hashable, Sendable, Codable {
    package var outcome: Condition.Outcome
    /// Who says to have answered, read from the answer itself.
    package var answeredBy: DeviceReference?
    package var registers: [UInt16]
    package var status: Int?
    package var body: String?
    package var stdout: String?
    /// What the prober itself was told: an errno, an ICMP message, a protocol's own words.
    package var detail: String?

    package init(
        outcome: Condition.Outcome, answeredBy: DeviceReference? = nil, registers: [UInt16] = [], status: Int? = nil,
        body: String? = nil, stdout: String? = nil, detail: String? = nil
    ) {
        self.outcome = outcome
        self.answeredBy = answeredBy
        self.registers = registers
        self.status = status
        self.body = body
        self.stdout = stdout
        self.detail = detail
    }
}

/// One row of a person's route table.
package struct RouteRow: Hashable, Sendable, Codable {
    package var plant: PlantID
    package var subnet: Prefix
    package var status: Condition.RouteStatus
    package var reason: String?
    package var pending: Condition.Pending?
    package var role: Condition.ConflictRole?
    /// The part of the range that other plants have.
    package var shadowed: [Prefix]

    package init(
        plant: PlantID, subnet: Prefix, status: Condition.RouteStatus, reason: String? = nil,
        pending: Condition.Pending? = nil, role: Condition.ConflictRole? = nil, shadowed: [Prefix] = []
    ) {
        self.plant = plant
        self.subnet = subnet
        self.status = status
        self.reason = reason
        self.pending = pending
        self.role = role
        self.shadowed = shadowed
    }
}

/// One row of a person's recent connections.
package struct SessionRow: Hashable, Sendable, Codable {
    package var isOnline: Bool
    package var bytes: UInt64
    package var source: IPv4Address?
    package var place: String?
    /// Why it ended.
    package var reason: String?

    package init(
        isOnline: Bool, bytes: UInt64, source: IPv4Address? = nil, place: String? = nil, reason: String? = nil
    ) {
        self.isOnline = isOnline
        self.bytes = bytes
        self.source = source
        self.place = place
        self.reason = reason
    }
}

/// Whether both ends could have spoken, so that silence means something.
package struct PositiveControl: Hashable, Sendable, Codable {
    /// The laptop: its tunnel moved a packet since the step began.
    package var source: Liveness
    /// The device, asked out of band and never through its service socket.
    package var target: Liveness

    package enum Liveness: Hashable, Sendable, Codable {
        case alive
        case dead(String)
        /// Nothing to ask: an address in no plant, a tunnel that is meant to be down.
        case notApplicable
    }

    package init(source: Liveness, target: Liveness) {
        self.source = source
        self.target = target
    }

    package var bothEndsAlive: Bool { fault == nil }

    /// What is wrong, for the report.
    package var fault: String? {
        if case .dead(let why) = source { return "source: \(why)" }
        if case .dead(let why) = target { return "target: \(why)" }
        return nil
    }
}

/// Why a condition was not so.
package struct Explanation: Hashable, Sendable, Codable {
    /// The way a packet should have taken beside the way it took, first hop first.
    package var hops: [Hop]
    /// Lines from the world's own records.
    package var why: [String]
    /// The route tables of the people whom the condition is about, as they were then.
    package var tables: [RouteTableSighting]

    package struct Hop: Hashable, Sendable, Codable {
        package var node: String
        package var expected: String
        /// `nil`: the packet never came here.
        package var actual: String?

        package init(node: String, expected: String, actual: String?) {
            self.node = node
            self.expected = expected
            self.actual = actual
        }
    }

    package init(hops: [Hop] = [], why: [String] = [], tables: [RouteTableSighting] = []) {
        self.hops = hops
        self.why = why
        self.tables = tables
    }
}
