import Addressing
import Testing

@testable import TunnelRouting

@Suite("Packets that the gateway makes, and views on packets")
struct PacketForgeTests {
    @Test("A reset reads back as written, its checksums right")
    func reset() {
        let reset = PacketForge.Reset(
            source: Endpoint(Rig.inverter, 502), destination: Endpoint(Rig.anna, 4), sequence: 0xDEAD_BEEF,
            acknowledgement: nil)
        var bytes = [UInt8](repeating: 0, count: PacketForge.resetByteCount)
        bytes.withUnsafeMutableBytes { PacketForge.write(reset, into: $0) }
        let read = ReadPacket(bytes)
        #expect(read?.source == Rig.inverter && read?.sequence == 0xDEAD_BEEF && read?.flags == .rst)
    }

    @Test("Incremental checksum update equals a fresh checksum")
    func checksum() {
        var dice = Dice(seed: 1)
        for _ in 0..<500 {
            var words = (0..<10).map { _ in UInt16(truncatingIfNeeded: dice.below(1 << 16)) }
            func sum() -> UInt16 { Packets.checksum(words.flatMap(Packets.be16)) }
            let before = sum()
            let index = Int(dice.below(10))
            let new = UInt16(truncatingIfNeeded: dice.below(1 << 16))
            let updated = InternetChecksum.updated(before, from: words[index], to: new)
            words[index] = new
            #expect(updated == sum())
        }
        for count in 0..<60 {
            let bytes = (0..<count).map { _ in UInt8(dice.below(256)) }
            #expect(bytes.withUnsafeBytes { InternetChecksum.of($0) } == Packets.checksum(bytes))
        }
    }

    @Test("A hop taken off leaves a right header checksum")
    func hop() {
        for ttl in 1...255 as ClosedRange<UInt8> {
            var packet = Packets.ip(Rig.anna, Rig.inverter, transport: 17, payload: [], ttl: ttl)
            packet.withUnsafeMutableBytes { buffer in
                (try? PacketView(buffer))?.decrementTimeToLive()
            }
            #expect(packet == Packets.ip(Rig.anna, Rig.inverter, transport: 17, payload: [], ttl: ttl - 1))
        }
    }

    @Test("Random bytes never make a view read outside of them")
    func random() {
        var dice = Dice(seed: 3)
        var views = 0
        for _ in 0..<20_000 {
            var bytes = (0..<dice.below(80)).map { _ in UInt8(dice.below(256)) }
            if bytes.count >= 20, dice.below(4) > 0 {
                bytes[0] = 0x40 | UInt8(dice.below(16))
                bytes[2] = 0
                bytes[3] = UInt8(dice.below(100))
                bytes[9] = [1, 6, 17, 50][Int(dice.below(4))]
                bytes[6] = dice.below(2) == 0 ? 0 : bytes[6]
                let header = min(Int(bytes[0] & 15) * 4, bytes.count)
                (bytes[10], bytes[11]) = (0, 0)
                let sum = Packets.checksum(Array(bytes[..<header]))
                if header > 11 { (bytes[10], bytes[11]) = (UInt8(sum >> 8), UInt8(sum & 255)) }
            }
            // An exact allocation, so that the address sanitizer sees any byte outside.
            let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 1)
            defer { buffer.deallocate() }
            buffer.copyBytes(from: bytes)
            guard let view = try? PacketView(buffer), let facts = PacketFacts(view) else { continue }
            views += 1
            _ = facts.keyUp(plant: 0)
            if let segment = facts.segment { #expect(segment.payloadByteCount >= 0) }
        }
        #expect(views > 1000)
    }

    @Test("The far end passes what its allowed IPs cover, in each direction")
    func edge() {
        var edge = EdgeCore(allowedIPs: [Prefix(around: IPv4Address(100, 64, 0, 0), length: 10)])
        func judge(_ packet: [UInt8], _ pass: (UnsafeMutableRawBufferPointer) -> EdgeCore.Verdict) -> EdgeCore.Verdict {
            var packet = packet
            return packet.withUnsafeMutableBytes(pass)
        }
        let down = Packets.udp(Endpoint(Rig.anna, 1), Endpoint(Rig.inverter, 2))
        let up = Packets.udp(Endpoint(Rig.inverter, 2), Endpoint(Rig.anna, 1))
        #expect(judge(down) { edge.receiveFromTunnel($0) } == .passed)
        #expect(judge(up) { edge.receiveFromTunnel($0) } == .sourceNotAllowed)
        #expect(judge(up) { edge.receiveFromHost($0) } == .passed)
        #expect(judge(down) { edge.receiveFromHost($0) } == .destinationNotAllowed)
        #expect(judge([1, 2, 3]) { edge.receiveFromTunnel($0) } == .notIPv4)
        #expect(edge.count(of: .passed) == 2 && edge.count(of: .sourceNotAllowed) == 1)
    }
}
