package import Addressing
import CLinux

/// Room for a batch of received datagrams, made once and used again and again.
///
/// Each slot has head room before the payload and tail room behind it, so that a packet can be sealed or opened in place and sent on
/// from where it lies.
package final class DatagramBatch {
    package let capacity: Int
    package let headRoomBytes: Int
    package let slotBytes: Int
    package fileprivate(set) var count = 0
    fileprivate let entries: UnsafeMutablePointer<clinux_datagram>
    private let slab: UnsafeMutableRawPointer

    /// - Parameter capacity: at most 64, what one system call takes.
    package init(capacity: Int = 64, payloadBytes: Int = 2048, headRoomBytes: Int = 32, tailRoomBytes: Int = 32) {
        precondition((1...Int(CLINUX_BATCH_LIMIT)).contains(capacity), "a batch holds 1 to 64 datagrams")
        self.capacity = capacity
        self.headRoomBytes = headRoomBytes
        slotBytes = (headRoomBytes + payloadBytes + tailRoomBytes + 63) / 64 * 64
        slab = .allocate(byteCount: capacity * slotBytes, alignment: 64)
        slab.initializeMemory(as: UInt8.self, repeating: 0, count: capacity * slotBytes)
        entries = .allocate(capacity: capacity)
        for index in 0..<capacity {
            let payload = (slab + index * slotBytes + headRoomBytes).assumingMemoryBound(to: UInt8.self)
            (entries + index).initialize(
                to: clinux_datagram(
                    bytes: payload, length: 0, capacity: UInt32(payloadBytes), remote_address: 0, local_address: 0,
                    remote_port: 0, truncated: 0))
        }
    }

    deinit {
        entries.deallocate()
        slab.deallocate()
    }

    /// The bytes received; head and tail room lie around them.
    package func payload(_ index: Int) -> UnsafeMutableRawBufferPointer {
        precondition(index < count)
        return UnsafeMutableRawBufferPointer(start: entries[index].bytes, count: Int(entries[index].length))
    }

    /// The whole slot, from its head room to the end of its tail room.
    package func slot(_ index: Int) -> UnsafeMutableRawBufferPointer {
        precondition(index < capacity)
        return UnsafeMutableRawBufferPointer(start: slab + index * slotBytes, count: slotBytes)
    }

    /// Who sent it.
    package func remote(_ index: Int) -> Endpoint {
        precondition(index < count)
        return Endpoint(IPv4Address(number: entries[index].remote_address), entries[index].remote_port)
    }

    /// The address of ours that it was sent to.
    package func local(_ index: Int) -> IPv4Address {
        precondition(index < count)
        return IPv4Address(number: entries[index].local_address)
    }

    /// Whether the datagram was longer than its room.
    package func isTruncated(_ index: Int) -> Bool {
        precondition(index < count)
        return entries[index].truncated != 0
    }

    func fill(from socket: Int32) throws(LinuxError) -> Int {
        count = 0
        let received = clinux_udp_receive(socket, entries, Int32(capacity))
        count = Int(try check(received, "receiving datagrams"))
        return count
    }
}

/// Datagrams to send, gathered and then sent together; their bytes stay where they are until then.
package final class DatagramQueue {
    package let capacity: Int
    package private(set) var count = 0
    /// Datagrams that the kernel refused (no route, too long).
    package private(set) var refused: UInt64 = 0
    /// Datagrams given up because the socket was full.
    package private(set) var overflowed: UInt64 = 0
    private let entries: UnsafeMutablePointer<clinux_datagram>
    private let copies: UnsafeMutableRawPointer
    private let copyBytes: Int

    /// - Parameter copyBytes: room per datagram for those that are copied in.
    package init(capacity: Int = 256, copyBytes: Int = 2048) {
        self.capacity = capacity
        self.copyBytes = copyBytes
        entries = .allocate(capacity: capacity)
        entries.initialize(repeating: clinux_datagram(), count: capacity)
        copies = .allocate(byteCount: capacity * copyBytes, alignment: 64)
    }

    deinit {
        entries.deallocate()
        copies.deallocate()
    }

    package var isFull: Bool { count == capacity }

    /// Adds a datagram without copying: the bytes must stay until `UDPSocket.send`.
    ///
    /// - Parameter source: the address of ours to send from; `nil` leaves it to routing.
    /// - Precondition: the queue is not full.
    package func append(_ bytes: UnsafeRawBufferPointer, to remote: Endpoint, from source: IPv4Address? = nil) {
        precondition(count < capacity, "flush a full queue first")
        entries[count] = clinux_datagram(
            bytes: UnsafeMutablePointer(mutating: bytes.assumingMemoryBound(to: UInt8.self).baseAddress),
            length: UInt32(bytes.count), capacity: 0, remote_address: remote.address.number,
            local_address: source?.number ?? 0, remote_port: remote.port, truncated: 0)
        count += 1
    }

    /// Adds a copy of the bytes.
    ///
    /// - Precondition: the queue is not full and the bytes fit into its copies.
    package func append(copying bytes: UnsafeRawBufferPointer, to remote: Endpoint, from source: IPv4Address? = nil) {
        precondition(count < capacity, "flush a full queue first")
        precondition(bytes.count <= copyBytes, "too long for a copy")
        let room = UnsafeMutableRawBufferPointer(start: copies + count * copyBytes, count: bytes.count)
        room.copyMemory(from: bytes)
        append(UnsafeRawBufferPointer(room), to: remote, from: source)
    }

    func flush(to socket: Int32) -> Int {
        guard count > 0 else { return 0 }
        let before = refused
        let done = Int(clinux_udp_send(socket, entries, Int32(count), &refused))
        overflowed += UInt64(count - done)
        count = 0
        return done - Int(refused - before)
    }
}
