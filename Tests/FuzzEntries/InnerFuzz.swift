import AccessModel
import Addressing
import ControlProtocol
import Timebase
import TunnelRouting

/// A gateway between two people and two agents that all lie: whatever they send, it goes where the tables say or nowhere.
struct InnerFuzz {
    private static let people = [IPv4Address(100, 64, 0, 5), IPv4Address(100, 64, 0, 6)]
    private static let lan = Prefix(around: IPv4Address(192, 168, 1, 0), length: 24)
    private static let wide = Prefix(around: IPv4Address(192, 168, 0, 0), length: 16)
    private static let wan = Endpoint(IPv4Address(198, 51, 100, 7), 50_000)

    private static let view: ReleasedView = {
        func key(_ number: UInt8) -> PublicKey? { PublicKey(bytes: [UInt8](repeating: number, count: 32)) }
        guard let anna = key(1), let ben = key(2), let a = key(11), let b = key(12) else { return ReleasedView() }
        return ReleasedView(
            people: [
                PersonEntry(
                    person: "anna", publicKey: anna, tunnelAddress: people[0],
                    routes: [RouteEntry(range: lan.range, plant: "park-a", isReachable: true)]),
                PersonEntry(
                    person: "ben", publicKey: ben, tunnelAddress: people[1],
                    routes: [RouteEntry(range: lan.range, plant: "park-b", isReachable: true)]),
            ],
            agents: [
                AgentEntry(agent: "agent-a", plant: "park-a", publicKey: a, subnets: [lan]),
                AgentEntry(agent: "agent-b", plant: "park-b", publicKey: b, subnets: [wide]),
            ])
    }()

    private var core: GatewayCore
    private var edge = EdgeCore(allowedIPs: [lan])
    private var slots: [PeerSlot] = []
    private var now = Moment(nanoseconds: 5_000_000_000_000)

    private init() throws {
        var configuration = GatewayConfiguration()
        configuration.flowLimit = 16
        configuration.flowLimitPerPerson = 8
        core = GatewayCore(configuration: configuration)
        let revision = Revision(
            number: 1, generation: 1, hash: Self.view.contentHash, content: .snapshot(Self.view))
        let added = core.apply(revision, at: now).addedPeers
        slots = Self.view.people.map(\.publicKey).compactMap { key in added.first { $0.publicKey == key }?.slot }
        slots += Self.view.agents.map(\.publicKey).compactMap { key in added.first { $0.publicKey == key }?.slot }
        try FuzzViolation.unless(slots.count == 4, "the view was not applied")
        for slot in slots[2...] { core.setLive(true, agent: slot, at: now) }
    }

    static func run(_ input: FuzzInput) throws {
        var input = input
        var fuzz = try InnerFuzz()
        for _ in 0..<64 where !input.isAtEnd { try fuzz.step(&input) }
    }

    private mutating func step(_ input: inout FuzzInput) throws {
        let word = input.byte()
        let sender = Int(word & 3)
        if word & 0x40 != 0 {
            now = now + .milliseconds(UInt64(input.word()) * 10)
            core.advance(to: now)
        }
        var packet = input.piece()
        if word & 0x80 != 0 { Self.mend(&packet, sender: sender, variant: word >> 2 & 7) }
        let count = packet.count
        let fate = packet.withUnsafeMutableBytes { core.receive($0, from: slots[sender], source: Self.wan, at: now) }
        try FuzzViolation.unless(fate.byteCount <= count, "longer than it came")
        if let destination = fate.destination {
            let allowed = [[2, 0], [3, 1], [0], [1]][sender].map { slots[$0] }
            try FuzzViolation.unless(allowed.contains(destination), "\(sender) reached \(destination): \(fate.verdict)")
            try check(Array(packet.prefix(fate.byteCount)), "forwarded")
        }
        var made: [[UInt8]] = []
        core.outbox.drain { made.append([UInt8]($1)) }
        try FuzzViolation.unless(made.count <= 4, "\(made.count) packets because of one")
        for bytes in made { try check(bytes, "made") }
        try FuzzViolation.unless(core.flowCount <= 16, "\(core.flowCount) flows")
        var copy = packet
        _ = copy.withUnsafeMutableBytes { edge.receiveFromHost($0) }
        _ = copy.withUnsafeMutableBytes { edge.receiveFromTunnel($0) }
    }

    private func check(_ packet: [UInt8], _ word: String) throws {
        var packet = packet
        let length = packet.withUnsafeMutableBytes { buffer in (try? PacketView(buffer))?.byteCount }
        try FuzzViolation.unless(length == packet.count, "\(word): of another length than it says, or no packet")
    }

    /// Makes a packet that gets past the first checks: addresses of the little world, lengths and checksum right.
    private static func mend(_ packet: inout [UInt8], sender: Int, variant: UInt8) {
        if packet.count < 28 { packet += [UInt8](repeating: 0, count: 28 - packet.count) }
        packet[0] = 0x45
        packet[2] = UInt8(packet.count >> 8)
        packet[3] = UInt8(packet.count & 255)
        if variant & 1 == 0 { (packet[6], packet[7]) = (0, 0) }
        if variant & 2 == 0 { packet[8] = max(packet[8], 2) }
        packet[9] = [1, 6, 17, packet[9]][Int(variant >> 1 & 3)]
        let device = IPv4Address(192, 168, 1, packet[16] & 3 | 20)
        let person = people[sender & 1]
        let (source, destination) = sender < 2 ? (person, device) : (device, person)
        for (offset, address) in [(12, source), (16, destination)] {
            for byte in 0..<4 {
                packet[offset + byte] = UInt8(truncatingIfNeeded: address.number >> UInt32(24 - 8 * byte))
            }
        }
        (packet[10], packet[11]) = (0, 0)
        let sum = packet.withUnsafeBytes { InternetChecksum.of(UnsafeRawBufferPointer(rebasing: $0[..<20])) }
        (packet[10], packet[11]) = (UInt8(sum >> 8), UInt8(sum & 255))
    }
}
