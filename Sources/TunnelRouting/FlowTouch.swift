package import AccessModel
package import Addressing
package import ControlProtocol
package import Timebase

/// What the audit is to know about a flow at some moment; a later one of the same id replaces an earlier one.
package struct FlowTouch: Hashable, Sendable {
    package var id: UInt64
    package var person: PersonID
    package var publicKey: PublicKey
    package var plant: PlantID?
    package var device: IPv4Address
    package var transport: UInt8
    package var port: UInt16
    package var source: Endpoint
    package var first: Moment
    package var last: Moment
    /// Inner IP bytes and packets forwarded; of a denied attempt only `packetsUp` counts, and what it counts are attempts.
    package var bytesUp: UInt64 = 0
    package var bytesDown: UInt64 = 0
    package var packetsUp: UInt64 = 0
    package var packetsDown: UInt64 = 0
    package var revision: UInt64
    package var state: FlowRecord.State

    /// A touch with nothing counted yet.
    package init(
        id: UInt64, person: PersonID, publicKey: PublicKey, plant: PlantID?, device: IPv4Address, transport: UInt8,
        port: UInt16, source: Endpoint, first: Moment, last: Moment, revision: UInt64, state: FlowRecord.State
    ) {
        self.id = id
        self.person = person
        self.publicKey = publicKey
        self.plant = plant
        self.device = device
        self.transport = transport
        self.port = port
        self.source = source
        self.first = first
        self.last = last
        self.revision = revision
        self.state = state
    }

    /// The record as it is reported at that moment.
    package func record(at now: Moment) -> FlowRecord {
        FlowRecord(
            id: id, person: person, publicKey: publicKey, plant: plant, device: device, transport: transport,
            port: port, source: source, firstAge: now.since(first).seconds, lastAge: now.since(last).seconds,
            bytesUp: bytesUp, bytesDown: bytesDown, packetsUp: packetsUp, packetsDown: packetsDown,
            revision: revision, state: state)
    }
}
