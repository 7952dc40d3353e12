package import Addressing

/// The far end of a tunnel, an agent's or a laptop's: one peer, the gateway, and what may pass it.
package struct EdgeCore: Sendable {
    /// What became of a packet; each has a counter.
    package enum Verdict: UInt8, Hashable, Sendable, CaseIterable {
        case passed
        case malformed
        case notIPv4
        case badHeaderChecksum
        /// From the tunnel, with a source that the gateway may not use.
        case sourceNotAllowed
        /// Into the tunnel, to a destination that is not behind it.
        case destinationNotAllowed
    }

    /// The gateway's allowed IPs: the pool for an agent, those of the profile for a laptop.
    package let allowedIPs: [Prefix]
    private let allowed: AddressSet
    private var counts = [UInt64](repeating: 0, count: Verdict.allCases.count)

    package init(allowedIPs: [Prefix]) {
        self.allowedIPs = allowedIPs
        allowed = AddressSet(allowedIPs)
    }

    package func count(of verdict: Verdict) -> UInt64 { counts[Int(verdict.rawValue)] }

    /// Judges a packet that came out of the tunnel.
    package mutating func receiveFromTunnel(_ bytes: UnsafeMutableRawBufferPointer) -> Verdict {
        judge(bytes, refusal: .sourceNotAllowed, by: \.source)
    }

    /// Judges a packet that wants into the tunnel.
    package mutating func receiveFromHost(_ bytes: UnsafeMutableRawBufferPointer) -> Verdict {
        judge(bytes, refusal: .destinationNotAllowed, by: \.destination)
    }

    private mutating func judge(
        _ bytes: UnsafeMutableRawBufferPointer, refusal: Verdict, by address: (PacketView) -> IPv4Address
    ) -> Verdict {
        let verdict: Verdict
        do {
            verdict = allowed.contains(address(try PacketView(bytes))) ? .passed : refusal
        } catch {
            verdict =
                switch error {
                case .malformed: .malformed
                case .notIPv4: .notIPv4
                case .headerChecksum: .badHeaderChecksum
                }
        }
        counts[Int(verdict.rawValue)] += 1
        return verdict
    }
}
