import Addressing
import Capture
import LinkModel
import LinuxFabric
import Timebase

/// A socket with the datagrams gathered for it.
final class Outlet {
    let socket: UDPSocket
    fileprivate let queue: DatagramQueue
    fileprivate var isGathering = false

    init(_ socket: UDPSocket, capacityDatagrams: Int = 256) {
        self.socket = socket
        queue = DatagramQueue(capacity: capacityDatagrams, copyBytes: WanSender.datagramLimitBytes)
    }

    /// Datagrams that the kernel did not take.
    var refused: UInt64 { queue.refused + queue.overflowed }
}

/// The sending side of a shell: the link model decides about each datagram, and what is delayed waits here.
final class WanSender {
    static let datagramLimitBytes = 2048
    /// IP and UDP header, which a link with a rate carries too.
    private static let headerBytes = 28

    private struct Delayed {
        var bytes: [UInt8]
        var remote: Endpoint
        var source: IPv4Address?
        var outlet: Outlet
    }

    var links: ImpairedLinks
    /// Sees what is sent, also what the links then lose.
    var tap: CaptureTap?
    private var delayed = DeadlineQueue<Delayed>()
    private var gathering: [Outlet] = []
    private let delayedLimit: Int
    private(set) var sent: UInt64 = 0
    private(set) var lost: [LinkFate.Cause: UInt64] = [:]
    private(set) var delayedOverflow: UInt64 = 0
    private(set) var tooLong: UInt64 = 0

    init(links: ImpairedLinks, delayedLimitDatagrams: Int = 16_384) {
        self.links = links
        delayedLimit = delayedLimitDatagrams
    }

    /// When the next delayed datagram is due.
    var nextDeadline: Moment? { delayed.next }

    /// Sends a datagram whose bytes stay where they are until `flush`.
    ///
    /// - Parameter source: the WAN address to send from; also where the link begins.
    func send(
        _ bytes: UnsafeRawBufferPointer, to remote: Endpoint, from source: IPv4Address, through outlet: Outlet,
        at now: Moment
    ) {
        tap?.datagram(bytes, from: Endpoint(source, outlet.socket.local.port), to: remote, .outbound)
        guard isFree(bytes, to: remote, from: source, through: outlet, at: now) else { return }
        gather(outlet)
        outlet.queue.append(bytes, to: remote, from: source)
    }

    /// Sends a datagram whose bytes may change at once.
    func send(
        copying bytes: UnsafeRawBufferPointer, to remote: Endpoint, from source: IPv4Address, through outlet: Outlet,
        at now: Moment
    ) {
        tap?.datagram(bytes, from: Endpoint(source, outlet.socket.local.port), to: remote, .outbound)
        guard isFree(bytes, to: remote, from: source, through: outlet, at: now) else { return }
        gather(outlet)
        outlet.queue.append(copying: bytes, to: remote, from: source)
    }

    /// Gathers delayed datagrams whose moment has come.
    func release(at now: Moment) {
        while let datagram = delayed.popDue(at: now) {
            gather(datagram.outlet)
            datagram.bytes.withUnsafeBytes {
                datagram.outlet.queue.append(copying: $0, to: datagram.remote, from: datagram.source)
            }
        }
    }

    /// Hands everything that was gathered to the kernel.
    func flush() {
        tap?.flush()
        for outlet in gathering { flush(outlet) }
        gathering.removeAll(keepingCapacity: true)
    }

    private func flush(_ outlet: Outlet) {
        outlet.isGathering = false
        sent += UInt64(outlet.socket.send(outlet.queue))
    }

    private func gather(_ outlet: Outlet) {
        if outlet.queue.isFull {
            tap?.flush()
            sent += UInt64(outlet.socket.send(outlet.queue))
        }
        guard !outlet.isGathering else { return }
        outlet.isGathering = true
        gathering.append(outlet)
    }

    /// Whether the datagram leaves now and once; else it was dealt with here.
    private func isFree(
        _ bytes: UnsafeRawBufferPointer, to remote: Endpoint, from source: IPv4Address, through outlet: Outlet,
        at now: Moment
    ) -> Bool {
        guard bytes.count <= Self.datagramLimitBytes else {
            tooLong += 1
            return false
        }
        switch links.send(byteCount: bytes.count + Self.headerBytes, from: source, to: remote.address, at: now) {
        case .lost(let cause):
            lost[cause, default: 0] += 1
            return false
        case .departs(let moment, copy: nil) where moment <= now:
            return true
        case .departs(let moment, let copy):
            let datagram = Delayed(bytes: [UInt8](bytes), remote: remote, source: source, outlet: outlet)
            delay(datagram, until: moment)
            if let copy { delay(datagram, until: copy) }
            return false
        }
    }

    private func delay(_ datagram: Delayed, until moment: Moment) {
        guard delayed.count < delayedLimit else {
            delayedOverflow += 1
            return
        }
        delayed.insert(datagram, at: moment)
    }

    /// Counters by name, for the shell's own.
    var counters: [String: UInt64] {
        var counters = ["wan.sent": sent, "wan.delayedOverflow": delayedOverflow, "wan.tooLong": tooLong]
        for cause in LinkFate.Cause.allCases { counters["wan.lost.\(cause.rawValue)"] = lost[cause] ?? 0 }
        return counters
    }
}
