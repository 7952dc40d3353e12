import Addressing
import Capture
import Testing

struct CaptureBlocksTests {
    private func file() -> CaptureBlocks {
        var blocks = CaptureBlocks()
        blocks.appendSection(application: "mirox-rig")
        for name in ["gateway:wan", "anna/laptop:tun0"] {
            blocks.appendInterface(CaptureInterface(name: name, note: "a note"))
        }
        return blocks
    }

    @Test("a file is a section, its interfaces, and packets in whole blocks, whatever their lengths", arguments: 0...9)
    func packets(byteCount: Int) throws {
        var blocks = file()
        let packet = [UInt8](repeating: 7, count: byteCount)
        packet.withUnsafeBytes {
            blocks.appendPacket($0, on: 1, at: 1_700_000_000_123_456_789, .outbound, comment: "step 3: Änderung")
            blocks.appendPacket(header: [1, 2, 3], $0, on: 0, at: 5, .inbound, comment: nil)
        }
        let read = try CaptureReader(blocks.bytes)
        #expect(read.order == [0x0A0D_0D0A, 1, 1, 6, 6])
        #expect(read.interfaces.map { $0[2] } == ["gateway:wan", "anna/laptop:tun0"].map { Array($0.utf8) })
        #expect(read.interfaces.map { $0[9] } == [[9], [9]])
        #expect(read.packets.map(\.bytes) == [packet, [1, 2, 3] + packet])
        #expect(read.packets.map(\.originalCount) == [byteCount, byteCount + 3])
        #expect(read.packets.map(\.interface) == [1, 0])
        #expect(read.packets.map(\.nanoseconds) == [1_700_000_000_123_456_789, 5])
        #expect(read.packets.map { $0.options[1] } == [Array("step 3: Änderung".utf8), nil])
        #expect(read.packets.map { $0.options[2] } == [[2, 0, 0, 0], [1, 0, 0, 0]])
    }

    @Test("a packet longer than the snapshot length is cut and says how long it was")
    func cut() throws {
        var blocks = file()
        let packet = [UInt8](repeating: 1, count: CaptureInterface.snapshotBytes + 5)
        packet.withUnsafeBytes { blocks.appendPacket(header: [9], $0, on: 0, at: 0, .inbound, comment: nil) }
        let read = try CaptureReader(blocks.bytes)
        #expect(read.packets.first?.bytes.count == CaptureInterface.snapshotBytes)
        #expect(read.packets.first?.originalCount == packet.count + 1)
    }

    @Test("secrets are lines in a block of their own, padded")
    func secrets() throws {
        var blocks = file()
        blocks.appendSecrets(["A = b", "C = de"])
        let read = try CaptureReader(blocks.bytes)
        #expect(read.secrets == ["A = b\nC = de\n"])
        #expect(read.order.last == 10)
        blocks.removeAll()
        #expect(blocks.isEmpty)
    }

    @Test("a datagram gets headers that a packet view takes")
    func headers() throws {
        let (source, destination) = (
            Endpoint(IPv4Address(198, 51, 100, 7), 40_000), Endpoint(IPv4Address(203, 0, 113, 1), 51_820)
        )
        var packet = DatagramHeader.make(from: source, to: destination, payloadBytes: 3) + [1, 2, 3]
        try packet.withUnsafeMutableBytes { buffer in
            let view = try PacketView(buffer)
            let datagram = try #require(UDPView(view))
            #expect(view.source == source.address && view.destination == destination.address)
            #expect(datagram.sourcePort == source.port && datagram.destinationPort == destination.port)
            #expect(view.byteCount == 31 && view.payload.count == 11)
        }
    }
}
