package import Addressing
import CLinux

/// Room for a batch of received datagrams, made once and used again and again.
///
/// The kernel may hand out many datagrams of one sender in one message; here they are told apart again. Each can be worked on in place:
/// opened, and sealed anew where it lies.
package final class DatagramBatch {
    /// How many messages are received at once.
    package let capacityMessages: Int
    package fileprivate(set) var count = 0
    /// As many messages came as can come at once: there may be more.
    package fileprivate(set) var isFull = false
    fileprivate let entries: UnsafeMutablePointer<clinux_datagram>
    private let slab: UnsafeMutableRawPointer
    private var room: clinux_receive_room
    private static let tailRoomBytes = 64
    /// While messages come filled, so few are received at once: what is worked on then stays in the processor's cache.
    private static let filledMessages = 4
    /// A message with more datagrams than that is filled.
    private static let fewDatagrams = 8

    /// - Parameters:
    ///   - capacityMessages: at most 64, what one system call takes; each takes 64 KiB, which the kernel gives when first used.
    ///   - datagramLimitBytes: longer datagrams are truncated, for all that the batch says.
    package init(capacityMessages: Int = 32, datagramLimitBytes: Int = 2048) {
        precondition((1...Int(CLINUX_BATCH_LIMIT)).contains(capacityMessages), "a batch holds 1 to 64 messages")
        self.capacityMessages = capacityMessages
        let stride = Int(CLINUX_MESSAGE_BYTES) + Self.tailRoomBytes
        slab = .allocate(byteCount: capacityMessages * stride, alignment: 64)
        entries = .allocate(capacity: capacityMessages * Int(CLINUX_SEGMENT_LIMIT))
        room = clinux_receive_room(
            bytes: slab.assumingMemoryBound(to: UInt8.self), stride: stride, count: Int32(capacityMessages),
            datagram_limit: UInt32(datagramLimitBytes), tail_room: UInt32(Self.tailRoomBytes))
    }

    deinit {
        entries.deallocate()
        slab.deallocate()
    }

    /// The bytes received.
    package func payload(_ index: Int) -> UnsafeMutableRawBufferPointer {
        precondition(index < count)
        return UnsafeMutableRawBufferPointer(start: entries[index].bytes, count: Int(entries[index].length))
    }

    /// The bytes received and what lies behind them and is nobody else's.
    package func room(_ index: Int) -> UnsafeMutableRawBufferPointer {
        precondition(index < count)
        return UnsafeMutableRawBufferPointer(start: entries[index].bytes, count: Int(entries[index].capacity))
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
        var messages: Int32 = 0
        let received = clinux_udp_receive(socket, &room, entries, &messages)
        isFull = messages == room.count
        count = Int(try check(received, "receiving datagrams"))
        let isFilled = count > Int(messages) * Self.fewDatagrams
        room.count = Int32(isFilled ? min(Self.filledMessages, capacityMessages) : capacityMessages)
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
    /// Whether equal datagrams for one destination go out as one message; false for good when the device below does not take them.
    package var sendsSegments: Bool { segments != 0 }
    private var segments: Int32 = 1
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
        let done = Int(clinux_udp_send(socket, entries, Int32(count), &segments, &refused))
        overflowed += UInt64(count - done)
        count = 0
        return done - Int(refused - before)
    }
}
