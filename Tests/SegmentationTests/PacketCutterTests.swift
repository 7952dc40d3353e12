import Addressing
import Segmentation
import Testing

@Suite("Cutting what a device gave")
struct PacketCutterTests {
    /// All that comes out, each packet in memory of its own.
    static func cut(_ bytes: [UInt8], _ offload: PacketOffload, room: Int = 2000) -> [[UInt8]]? {
        bytes.withUnsafeBytes { raw -> [[UInt8]]? in
            guard var cutter = PacketCutter(raw, offload) else { return nil }
            var packets: [[UInt8]] = []
            while cutter.nextByteCount != nil {
                var packet = [UInt8](repeating: 0xEE, count: room)
                guard let count = packet.withUnsafeMutableBytes({ cutter.next(into: $0) }) else { break }
                packets.append(Array(packet[..<count]))
            }
            return packets
        }
    }

    static func offload(_ sample: Sample, _ partBytes: Int) -> PacketOffload {
        let isTCP = sample.transport == 6
        return PacketOffload(
            kind: isTCP ? .segments : .datagrams, partBytes: partBytes, needsChecksum: true,
            checksumStart: 20 + sample.ipOptions.count, checksumOffset: isTCP ? 16 : 6)
    }

    @Test("Random packets come out as the slow twin makes them", arguments: [UInt8(6), 17])
    func twin(transport: UInt8) throws {
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<300 {
            var sample = Sample()
            sample.transport = transport
            sample.service = .random(in: 0...255)
            sample.timeToLive = .random(in: 1...255)
            sample.identification = .random(in: 0...0xFFFF)
            sample.fragmentWord = Bool.random() ? 0x4000 : 0
            sample.ipOptions = .random(4 * Int.random(in: 0...10), &generator)
            sample.sequence = .random(in: 0...UInt32.max)
            sample.acknowledgement = .random(in: 0...UInt32.max)
            sample.flags = .random(in: 0...255)
            sample.window = .random(in: 0...0xFFFF)
            sample.tcpOptions = .random(4 * Int.random(in: 0...10), &generator)
            sample.payload = .random(Int.random(in: 1...9000), &generator)
            let partBytes = Int.random(in: 1...1400)
            let cut = try #require(Self.cut(sample.bytes(isPartial: true), Self.offload(sample, partBytes)))
            #expect(cut == sample.parts(of: partBytes).map { $0.bytes() })
        }
    }

    @Test("A whole packet comes out as it is, its checksum completed where it was not")
    func whole() throws {
        for transport in [UInt8(6), 17] {
            for length in [0, 1, 2, 33, 100, 1380] {
                var sample = Sample()
                sample.transport = transport
                sample.payload = (0..<length).map { UInt8(truncatingIfNeeded: $0 * 7) }
                #expect(Self.cut(sample.bytes(), .nothing) == [sample.bytes()])
                var offload = Self.offload(sample, 0)
                offload.kind = .whole
                #expect(Self.cut(sample.bytes(isPartial: true), offload) == [sample.bytes()])
            }
        }
    }

    @Test("A UDP sum of zero is written as all ones")
    func zeroSum() throws {
        var sample = Sample()
        sample.transport = 17
        sample.payload = [0, 0]
        let rest = Sample.sum(sample.pseudo + sample.bytes()[20..<26] + [0, 0])
        sample.payload = Sample.two(0xFFFF - rest)
        #expect(Array(sample.bytes()[26..<28]) == [0xFF, 0xFF])
        var offload = Self.offload(sample, 0)
        offload.kind = .whole
        #expect(Self.cut(sample.bytes(isPartial: true), offload) == [sample.bytes()])
        #expect(Self.cut(sample.bytes(isPartial: true), Self.offload(sample, 2)) == [sample.bytes()])
    }

    @Test("What contradicts itself is refused, and too little room gives nothing")
    func contradictions() {
        var sample = Sample()
        sample.payload = [UInt8](repeating: 1, count: 3000)
        let bytes = sample.bytes(isPartial: true)
        let right = Self.offload(sample, 1000)
        #expect(Self.cut(bytes, right)?.count == 3)
        #expect(Self.cut(bytes, right, room: 1039) == [])
        var offload = right
        offload.partBytes = 0
        #expect(Self.cut(bytes, offload) == nil)
        offload = right
        offload.kind = .datagrams
        #expect(Self.cut(bytes, offload) == nil)
        #expect(Self.cut(Array(bytes[..<40]), right) == nil)
        #expect(Self.cut(Array(bytes[..<19]), .nothing) == nil)
        for (index, value) in [(0, UInt8(0x65)), (0, 0x44), (9, 17), (32, 0x40)] {
            var wrong = bytes
            wrong[index] = value
            #expect(Self.cut(wrong, right) == nil, "byte \(index) = \(value)")
        }
        offload = right
        offload.kind = .whole
        for (start, offset) in [(0, 16), (20, -30), (3038, 2), (20, 4000)] {
            offload.checksumStart = start
            offload.checksumOffset = offset
            #expect(Self.cut(bytes, offload, room: 4000) == nil, "\(start) + \(offset)")
        }
    }
}
