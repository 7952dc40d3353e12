import Addressing
import Timebase

@testable import WireGuardProtocol

/// SplitMix64: the chance of these tests, the same in every run.
final class SeededEntropy {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ z >> 30) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ z >> 27) &* 0x94D0_49BB_1331_11EB
        return z ^ z >> 31
    }

    func fill(_ buffer: UnsafeMutableRawBufferPointer) {
        for index in buffer.indices { buffer[index] = UInt8(truncatingIfNeeded: next() >> 24) }
    }

    func bytes(_ count: Int) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        bytes.withUnsafeMutableBytes { fill($0) }
        return bytes
    }
}

/// The wall clock of one engine, moved with the virtual time or by a test.
final class WallClock {
    var time = WallTime(seconds: 1_700_000_000)
}

struct WireDatagram: Equatable {
    var bytes: [UInt8]
    var source: Endpoint
    var destination: Endpoint

    var type: UInt8 { bytes[0] }
}

/// An engine at a place of the test's internet, and what became of things there.
final class Party {
    let engine: Engine
    let wall = WallClock()
    var place: Endpoint
    var events: [EngineEvent] = []
    var packets: [[UInt8]] = []
    var fates: [Received] = []

    convenience init(_ place: Endpoint, seed: UInt64, configuration: EngineConfiguration = EngineConfiguration()) throws
    {
        let entropy = SeededEntropy(seed: seed)
        guard let key = PrivateKey(bytes: entropy.bytes(32)) else { throw Unusable() }
        self.init(place, key: key, configuration: configuration, entropy: { entropy.fill($0) })
    }

    init(
        _ place: Endpoint, key: PrivateKey, configuration: EngineConfiguration,
        entropy: @escaping (UnsafeMutableRawBufferPointer) -> Void
    ) {
        let wall = wall
        self.place = place
        engine = Engine(privateKey: key, configuration: configuration, entropy: entropy, wallClock: { wall.time })
    }

    struct Unusable: Error {}

    func configuration(
        at endpoint: Endpoint? = nil, keepalive: UInt16? = nil, mayInitiate: Bool = true, psk: PresharedKey? = nil
    ) -> PeerConfiguration {
        PeerConfiguration(
            publicKey: engine.publicKey, presharedKey: psk, endpoint: endpoint ?? place,
            persistentKeepaliveSeconds: keepalive, mayInitiate: mayInitiate)
    }
}

/// Parties in virtual time, with datagrams that arrive at once unless a test keeps them.
final class TestWorld {
    var now = Moment(nanoseconds: 1_000_000_000_000)
    var parties: [Party] = []
    /// Datagrams on their way, oldest first.
    var wire: [WireDatagram] = []
    /// All that was ever sent.
    var sent: [WireDatagram] = []
    /// A datagram goes on only if this says so.
    var passes: (WireDatagram) -> Bool = { _ in true }

    func add(_ party: Party) -> Party {
        parties.append(party)
        return party
    }

    /// Seals an inner packet and puts on the wire what comes of it.
    @discardableResult
    func send(_ packet: [UInt8], from party: Party, to peer: PeerHandle) -> Sealed {
        var buffer = [UInt8](repeating: 0xEE, count: 16 + packet.count + 32)
        buffer.replaceSubrange(16..<16 + packet.count, with: packet)
        let sealed = buffer.withUnsafeMutableBytes {
            party.engine.seal($0, packet: 16..<16 + packet.count, to: peer, at: now)
        }
        if case .datagram(let range, let destination, let source) = sealed {
            put(Array(buffer[range]), from: party, source, to: destination)
        }
        drain(party)
        return sealed
    }

    @discardableResult
    func receive(_ datagram: WireDatagram, at party: Party) -> Received {
        var bytes = datagram.bytes
        let fate = bytes.withUnsafeMutableBytes {
            party.engine.receive($0, from: datagram.source, to: datagram.destination.address, at: now)
        }
        if case .packet(_, let range) = fate { party.packets.append(Array(bytes[range])) }
        party.fates.append(fate)
        drain(party)
        return fate
    }

    func drain(_ party: Party) {
        while let output = party.engine.nextOutput() {
            switch output {
            case .datagram(let bytes, let destination, let source): put(bytes, from: party, source, to: destination)
            case .event(let event): party.events.append(event)
            }
        }
    }

    /// Delivers until nothing is on its way; what goes nowhere is lost.
    func deliver() {
        for party in parties { drain(party) }
        while !wire.isEmpty {
            let datagram = wire.removeFirst()
            guard passes(datagram), let party = parties.first(where: { $0.place == datagram.destination }) else {
                continue
            }
            receive(datagram, at: party)
        }
    }

    /// Lets time pass, stopping at every deadline.
    func run(for span: Span) {
        let end = now + span
        deliver()
        while let next = parties.compactMap(\.engine.nextDeadline).min(), next <= end {
            move(to: max(next, now))
            for party in parties {
                party.engine.advance(to: now)
                drain(party)
            }
            deliver()
        }
        move(to: end)
    }

    /// Moves the clocks, and nothing else happens.
    func move(to moment: Moment) {
        let passed = moment.since(now).nanoseconds
        for party in parties {
            let sum = UInt64(party.wall.time.nanoseconds) + passed
            party.wall.time.seconds += sum / 1_000_000_000
            party.wall.time.nanoseconds = UInt32(sum % 1_000_000_000)
        }
        now = moment
    }

    func count(ofType type: UInt8, from party: Party) -> Int {
        sent.count { $0.type == type && $0.source == party.place }
    }

    private func put(_ bytes: [UInt8], from party: Party, _ source: IPv4Address?, to destination: Endpoint) {
        let origin = Endpoint(source ?? party.place.address, party.place.port)
        let datagram = WireDatagram(bytes: bytes, source: origin, destination: destination)
        sent.append(datagram)
        wire.append(datagram)
    }
}

/// Two parties that know each other.
struct Pair {
    let world = TestWorld()
    let anna: Party
    let hub: Party
    /// The hub as anna sees it, and anna as the hub sees her.
    let toHub: PeerHandle
    let toAnna: PeerHandle

    init(
        keepalive: UInt16? = nil, hubMayInitiate: Bool = true, hubKnowsEndpoint: Bool = false,
        configuration: EngineConfiguration = EngineConfiguration(), psk: PresharedKey? = nil
    ) throws {
        anna = world.add(
            try Party(Endpoint(IPv4Address(198, 51, 100, 7), 40_000), seed: 1, configuration: configuration))
        hub = world.add(
            try Party(Endpoint(IPv4Address(203, 0, 113, 1), 51_820), seed: 2, configuration: configuration))
        var annaAtHub = anna.configuration(mayInitiate: hubMayInitiate, psk: psk)
        if !hubKnowsEndpoint { annaAtHub.endpoint = nil }
        toAnna = try hub.engine.addPeer(annaAtHub, at: world.now)
        toHub = try anna.engine.addPeer(hub.configuration(keepalive: keepalive, psk: psk), at: world.now)
    }

    /// Shakes hands, started by anna.
    func connect() {
        anna.engine.forceHandshake(toHub, at: world.now)
        world.deliver()
    }

    func statisticsAtAnna() -> PeerStatistics? { anna.engine.statistics(of: toHub, at: world.now) }
    func statisticsAtHub() -> PeerStatistics? { hub.engine.statistics(of: toAnna, at: world.now) }
}

/// An IPv4 packet of that size with a number in it.
func innerPacket(_ number: UInt8 = 0, byteCount: Int = 64) -> [UInt8] {
    var packet = [UInt8](repeating: number, count: byteCount)
    packet[0] = 0x45
    packet[2] = UInt8(byteCount >> 8)
    packet[3] = UInt8(byteCount & 255)
    return packet
}
