import Addressing
import Segmentation
import Testing

@Suite("Joining segments for a device")
struct SegmentJoinerTests {
    /// What a device gets: packets with what it is told about them.
    struct Frame: Equatable {
        var bytes: [UInt8]
        var offload: PacketOffload
    }

    static func join(_ packets: [[UInt8]], joinsDatagrams: Bool = true) -> [Frame] {
        var joiner = SegmentJoiner()
        var frames: [Frame] = []
        let memory = packets.map { packet in
            let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: packet.count, alignment: 1)
            copy.copyBytes(from: packet)
            return copy
        }
        defer { for copy in memory { copy.deallocate() } }
        func write(_ joiner: inout SegmentJoiner) {
            let offload = joiner.finish()
            frames.append(Frame(bytes: joiner.parts[..<joiner.count].flatMap { Array($0) }, offload: offload))
            joiner.removeAll()
        }
        for packet in memory where !joiner.add(packet, joinsDatagrams: joinsDatagrams) {
            write(&joiner)
            let isTaken = joiner.add(packet, joinsDatagrams: joinsDatagrams)
            #expect(isTaken)
        }
        if !joiner.isEmpty { write(&joiner) }
        return frames
    }

    /// Segments that may be joined.
    static func run(_ count: Int, partBytes: Int = 100, last: Int? = nil, from first: Sample = Sample()) -> [Sample] {
        (0..<count).map { index in
            var sample = first
            sample.sequence &+= UInt32(index * partBytes)
            sample.identification &+= UInt16(index)
            sample.payload = [UInt8](repeating: UInt8(index), count: index == count - 1 ? last ?? partBytes : partBytes)
            return sample
        }
    }

    @Test("A run becomes one packet, and cutting it gives the run again")
    func run() throws {
        for (count, last) in [(2, 100), (5, 100), (5, 1), (64, 33)] {
            var samples = Self.run(count, last: last)
            samples[count - 1].flags |= 0x08
            samples[0].sequence = samples[0].sequence
            let packets = samples.map { $0.bytes() }
            let frames = Self.join(packets)
            let frame = try #require(frames.first)
            #expect(frames.count == 1 && frame.offload.kind == .segments && frame.offload.partBytes == 100)
            var whole = samples[0]
            whole.payload = samples.flatMap(\.payload)
            whole.flags |= 0x08
            #expect(frame.bytes == whole.bytes(isPartial: true))
            #expect(PacketCutterTests.cut(frame.bytes, frame.offload) == packets)
        }
    }

    @Test("What differs is not joined, and stays byte for byte")
    func differences() {
        let changes: [(String, (inout Sample) -> Void)] = [
            ("source", { $0.source = IPv4Address(100, 64, 0, 6) }),
            ("destination", { $0.destination = IPv4Address(192, 168, 1, 21) }),
            ("service", { $0.service = 4 }), ("time to live", { $0.timeToLive = 62 }),
            ("fragment bit", { $0.fragmentWord = 0 }), ("fragment", { $0.fragmentWord = 0x2000 }),
            ("ports", { $0.sourcePort += 1 }), ("port", { $0.destinationPort += 1 }),
            ("gap", { $0.sequence += 1 }), ("overlap", { $0.sequence -= 1 }),
            ("acknowledgement", { $0.acknowledgement += 1 }), ("window", { $0.window += 1 }),
            ("urgent", { $0.urgent = 1 }), ("options", { $0.tcpOptions = [1, 1, 1, 1] }),
            ("longer", { $0.payload += [1] }), ("empty", { $0.payload = [] }),
            ("IP options", { $0.ipOptions = [1, 1, 1, 1] }), ("UDP", { $0.transport = 17 }),
        ]
        let flags = [0x01, 0x02, 0x04, 0x20, 0x40, 0x80].map { bit in
            ("flag \(bit)", { (sample: inout Sample) in sample.flags |= UInt8(bit) })
        }
        for (name, change) in changes + flags {
            var samples = Self.run(2)
            change(&samples[1])
            let packets = samples.map { $0.bytes() }
            #expect(Self.join(packets) == packets.map { Frame(bytes: $0, offload: .nothing) }, "\(name), second")
            samples = Self.run(2)
            change(&samples[0])
            let others = samples.map { $0.bytes() }
            #expect(Self.join(others) == others.map { Frame(bytes: $0, offload: .nothing) }, "\(name), first")
        }
    }

    @Test("PSH and a short segment end a run; options that are equal do not")
    func ends() {
        var samples = Self.run(4)
        samples[1].flags |= 0x08
        var frames = Self.join(samples.map { $0.bytes() })
        #expect(frames.map(\.bytes.count) == [40 + 200, 40 + 200])
        samples = Self.run(3)
        samples[1].payload.removeLast()
        samples[2].sequence -= 1
        frames = Self.join(samples.map { $0.bytes() })
        #expect(frames.map(\.bytes.count) == [40 + 199, 40 + 100])
        var first = Sample()
        first.tcpOptions = [1, 1, 8, 10, 0, 0, 0, 1, 0, 0, 0, 2]
        #expect(Self.join(Self.run(7, from: first).map { $0.bytes() }).map(\.bytes.count) == [52 + 700])
        samples = Self.run(2, from: first)
        samples[1].tcpOptions[7] = 2
        #expect(Self.join(samples.map { $0.bytes() }).count == 2)
    }

    @Test("Identifications must be in a row where fragments are allowed, and mean nothing where they are not")
    func identifications() {
        var samples = Self.run(3)
        samples[2].identification = 9999
        #expect(Self.join(samples.map { $0.bytes() }).count == 1)
        for index in samples.indices { samples[index].fragmentWord = 0 }
        #expect(Self.join(samples.map { $0.bytes() }).count == 2)
        samples[2].identification = samples[0].identification + 2
        #expect(Self.join(samples.map { $0.bytes() }).count == 1)
    }

    @Test("A wrong checksum is passed on as it came")
    func wrongChecksums() {
        for (packet, byte) in [(0, 37), (1, 37), (1, 100), (1, 11)] {
            var packets = Self.run(2).map { $0.bytes() }
            packets[packet][byte] ^= 1
            #expect(Self.join(packets) == packets.map { Frame(bytes: $0, offload: .nothing) }, "\(packet), \(byte)")
        }
    }

    /// Datagrams that may be joined.
    static func datagrams(_ count: Int, partBytes: Int = 100, last: Int? = nil) -> [Sample] {
        (0..<count).map { index in
            var sample = Sample()
            sample.transport = 17
            sample.identification &+= UInt16(index)
            let length = index == count - 1 ? last ?? partBytes : partBytes
            sample.payload = (0..<length).map { UInt8(truncatingIfNeeded: $0 * 7 + index) }
            return sample
        }
    }

    @Test("Datagrams of one size become one, and are the same again when they are cut", arguments: [100, 37, 1])
    func datagrams(last: Int) throws {
        let samples = Self.datagrams(5, last: last)
        let packets = samples.map { $0.bytes() }
        let frames = Self.join(packets)
        let frame = try #require(frames.first)
        #expect(frames.count == 1 && frame.offload.kind == .datagrams && frame.offload.partBytes == 100)
        var whole = samples[0]
        whole.payload = samples.flatMap(\.payload)
        #expect(frame.bytes == whole.bytes(isPartial: true))
        #expect(PacketCutterTests.cut(frame.bytes, frame.offload) == packets)
        // A device that takes none gets them one by one.
        #expect(Self.join(packets, joinsDatagrams: false) == packets.map { Frame(bytes: $0, offload: .nothing) })
    }

    @Test("Datagrams that differ are not joined, nor any without a checksum or with a wrong length or checksum")
    func differentDatagrams() {
        let changes: [(String, (inout Sample) -> Void)] = [
            ("source", { $0.source = IPv4Address(100, 64, 0, 6) }), ("port", { $0.sourcePort += 1 }),
            ("destination port", { $0.destinationPort += 1 }), ("time to live", { $0.timeToLive = 62 }),
            ("service", { $0.service = 4 }), ("longer", { $0.payload += [1] }), ("empty", { $0.payload = [] }),
            ("TCP", { $0.transport = 6 }),
        ]
        for (name, change) in changes {
            var samples = Self.datagrams(2)
            change(&samples[1])
            let packets = samples.map { $0.bytes() }
            #expect(Self.join(packets) == packets.map { Frame(bytes: $0, offload: .nothing) }, "\(name)")
        }
        // Of the first and of the second: no checksum, a wrong one, a length that says one byte fewer.
        for packet in 0...1 {
            for (name, offset, value) in [("none", 26, [0, 0]), ("wrong", 26, [1, 1]), ("length", 24, [0, 107])] {
                var packets = Self.datagrams(2).map { $0.bytes() }
                packets[packet].replaceSubrange(offset..<offset + 2, with: value.map { UInt8($0) })
                #expect(
                    Self.join(packets) == packets.map { Frame(bytes: $0, offload: .nothing) }, "\(name), \(packet)")
            }
        }
    }

    @Test("No more than 64 parts and 65,535 bytes are joined")
    func limits() {
        #expect(Self.join(Self.run(65).map { $0.bytes() }).map(\.bytes.count) == [40 + 6400, 40 + 100])
        let frames = Self.join(Self.run(50, partBytes: 1400).map { $0.bytes() })
        #expect(frames.map(\.bytes.count) == [40 + 46 * 1400, 40 + 4 * 1400])
    }

    @Test("Random streams arrive whole whatever is joined")
    func random() {
        var generator = SystemRandomNumberGenerator()
        for round in 0..<200 {
            var samples: [Sample] = []
            var sample = Sample()
            if round % 2 == 1 { sample.transport = 17 }
            for _ in 0..<Int.random(in: 1...40) {
                sample.payload = .random([0, 10, 100, 100, 100].randomElement() ?? 1, &generator)
                sample.flags = Int.random(in: 0..<5) == 0 ? 0x18 : 0x10
                if Int.random(in: 0..<12) == 0 { sample.window += 1 }
                if Int.random(in: 0..<12) == 0 { sample.sequence += 5 }
                samples.append(sample)
                sample.sequence &+= UInt32(sample.payload.count)
                sample.identification &+= 1
            }
            let packets = samples.map { $0.bytes() }
            #expect(Self.join(packets).flatMap { PacketCutterTests.cut($0.bytes, $0.offload) ?? [] } == packets)
        }
    }
}
