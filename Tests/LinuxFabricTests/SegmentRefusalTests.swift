import Addressing
import CTestHooks
import Glibc
import LinuxFabric
import Testing

@Suite("Datagrams that the kernel will not cut")
struct SegmentRefusalTests {
    /// Sends numbered datagrams of one size in one go, and tells which arrived.
    private func exchange(_ count: Int, through queue: DatagramQueue) throws -> [UInt8] {
        let home = Endpoint(IPv4Address(127, 0, 0, 1), 0)
        let (sender, receiver) = (try UDPSocket(bind: home), try UDPSocket(bind: home))
        for number in 0..<count {
            let bytes = [UInt8](repeating: UInt8(number), count: 200)
            bytes.withUnsafeBytes { queue.append(copying: $0, to: receiver.local) }
        }
        #expect(sender.send(queue) == count)
        var arrived: [UInt8] = []
        let batch = DatagramBatch()
        while arrived.count < count, receiver.waitUntilReadable(milliseconds: 2000) {
            let found = try receiver.receive(into: batch)
            arrived += (0..<found).map { batch.payload($0)[0] }
        }
        return arrived
    }

    @Test("a device below that cannot is noticed while sending: all arrive in order, and from then on one by one")
    func deviceCannot() throws {
        defer { refuse_segments(0) }
        let queue = DatagramQueue()
        let all = (0..<40 as Range<UInt8>).map { $0 }
        #expect(try exchange(40, through: queue) == all && queue.sendsSegments && refused_segments() == 0)
        refuse_segments(EIO)
        #expect(try exchange(40, through: queue) == all)
        #expect(refused_segments() == 1 && !queue.sendsSegments)
        // Not even tried again.
        #expect(try exchange(40, through: queue) == all && refused_segments() == 1)
        #expect(queue.refused == 0 && queue.overflowed == 0)
    }

    @Test("a message that is refused for a reason of its own goes one by one, and the next is tried again")
    func messageRefused() throws {
        defer { refuse_segments(0) }
        let queue = DatagramQueue()
        refuse_segments(EINVAL)
        let all = (0..<40 as Range<UInt8>).map { $0 }
        #expect(try exchange(40, through: queue) == all && refused_segments() == 1 && queue.sendsSegments)
        refuse_segments(0)
        #expect(try exchange(40, through: queue) == all && queue.sendsSegments)
    }
}
