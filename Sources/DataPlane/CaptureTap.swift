import Addressing
import Capture
import LinuxFabric
import WireGuardProtocol

/// Where a shell's packets go besides, while somebody captures; used on the shell's loop only.
///
/// A packet is in the file before the process sends what follows from it, so the packets of several processes stand there in the order of
/// cause and effect.
final class CaptureTap {
    private let file: AppendingFile
    private let plan: CapturePlan
    private var blocks = CaptureBlocks()
    private var pendingPackets: UInt64 = 0
    /// Stands beside every packet from now on: what the scenario is at.
    var comment: String?
    /// Packets that the full file, or the disk, did not take.
    private(set) var lost: UInt64 = 0

    init(_ plan: CapturePlan, comment: String? = nil) throws(LinuxError) {
        file = try AppendingFile(plan.path)
        self.plan = plan
        self.comment = comment
    }

    /// Takes an inner packet of a tunnel.
    ///
    /// - Parameter direction: as the tunnel's own host sees it: `outbound` goes into the tunnel.
    func packet(_ packet: UnsafeRawBufferPointer, of tunnel: String, _ direction: CaptureDirection) {
        guard let interface = plan.tunnels[tunnel] else { return }
        blocks.appendPacket(packet, on: interface, at: Self.nanoseconds, direction, comment: comment)
        pendingPackets += 1
    }

    /// Takes a datagram of the internet's side.
    func datagram(
        _ payload: UnsafeRawBufferPointer, from source: Endpoint, to destination: Endpoint,
        _ direction: CaptureDirection
    ) {
        guard let interface = plan.wan else { return }
        let header = DatagramHeader.make(from: source, to: destination, payloadBytes: payload.count)
        blocks.appendPacket(
            header: header, payload, on: interface, at: Self.nanoseconds, direction, comment: comment)
        pendingPackets += 1
    }

    /// Takes lines of a key log; readers need them in front of the packets.
    func secrets(_ lines: [String]) {
        if plan.wan != nil { blocks.appendSecrets(lines) }
    }

    /// Writes out what was taken.
    func flush() {
        guard !blocks.isEmpty else { return }
        defer {
            blocks.removeAll()
            pendingPackets = 0
        }
        do {
            guard try file.byteCount() + UInt64(blocks.bytes.count) <= plan.limitBytes else {
                lost += pendingPackets
                return
            }
            try file.append(blocks.bytes)
        } catch {
            lost += pendingPackets
        }
    }

    private static var nanoseconds: UInt64 {
        let now = SystemSources.wallClock()
        return now.seconds * 1_000_000_000 + UInt64(now.nanoseconds)
    }
}
