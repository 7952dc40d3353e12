package import Addressing

/// WireGuard's own configuration protocol, as the `wg` program speaks it over a local socket; here it only answers questions.
///
/// A request is lines up to an empty one, the first of which says what it is; so is an answer, the last of which says how it went.
package enum UAPI {
    package enum Request: Hashable, Sendable {
        /// Tell everything about the interface.
        case get
        /// Change it.
        case set
        case unknown

        /// - Parameter lines: without the empty one at the end.
        package init(_ lines: [String]) {
            switch (lines.first, lines.count) {
            case ("get=1", 1): self = .get
            case ("set=1", _): self = .set
            default: self = .unknown
            }
        }
    }

    /// Longer requests are no requests.
    package static let requestLimitLines = 4_096

    /// The answer to what would change something: operation not permitted.
    package static let notPermitted = "errno=-1\n\n"
    /// The answer to what cannot be understood: invalid argument.
    package static let invalid = "errno=-22\n\n"

    /// What a program is told about an interface.
    package struct Interface: Sendable {
        /// `nil`: it is told to nobody; programs then cannot say the public key either.
        package var privateKey: PrivateKey?
        package var listenPort: UInt16?
        package var peers: [Peer]

        package init(privateKey: PrivateKey?, listenPort: UInt16?, peers: [Peer]) {
            self.privateKey = privateKey
            self.listenPort = listenPort
            self.peers = peers
        }

        /// The answer to `get`.
        package var text: String {
            var lines: [String] = []
            if let privateKey { lines.append("private_key=\(UAPI.hex(privateKey.bytes))") }
            if let listenPort { lines.append("listen_port=\(listenPort)") }
            for peer in peers { peer.append(to: &lines) }
            lines.append("errno=0")
            return lines.joined(separator: "\n") + "\n\n"
        }
    }

    /// One peer of an interface; of a preshared key nothing is told.
    package struct Peer: Hashable, Sendable {
        package var publicKey: PublicKey
        package var endpoint: Endpoint?
        package var lastHandshake: WallTime?
        package var receivedBytes: UInt64
        package var sentBytes: UInt64
        package var persistentKeepaliveSeconds: UInt16?
        package var allowedIPs: [Prefix]

        package init(
            publicKey: PublicKey, endpoint: Endpoint?, lastHandshake: WallTime?, receivedBytes: UInt64,
            sentBytes: UInt64,
            persistentKeepaliveSeconds: UInt16?, allowedIPs: [Prefix]
        ) {
            self.publicKey = publicKey
            self.endpoint = endpoint
            self.lastHandshake = lastHandshake
            self.receivedBytes = receivedBytes
            self.sentBytes = sentBytes
            self.persistentKeepaliveSeconds = persistentKeepaliveSeconds
            self.allowedIPs = allowedIPs
        }

        fileprivate func append(to lines: inout [String]) {
            let key = publicKey.withBytes { bytes in bytes.baseAddress.map { UAPI.hex($0) } ?? "" }
            lines.append("public_key=\(key)")
            lines.append("protocol_version=1")
            if let endpoint { lines.append("endpoint=\(endpoint)") }
            if let lastHandshake {
                lines.append("last_handshake_time_sec=\(lastHandshake.seconds)")
                lines.append("last_handshake_time_nsec=\(lastHandshake.nanoseconds)")
            }
            lines.append("rx_bytes=\(receivedBytes)")
            lines.append("tx_bytes=\(sentBytes)")
            if let seconds = persistentKeepaliveSeconds { lines.append("persistent_keepalive_interval=\(seconds)") }
            for prefix in allowedIPs { lines.append("allowed_ip=\(prefix.address)/\(prefix.length)") }
        }
    }

    /// 32 bytes as 64 digits.
    private static func hex(_ bytes: UnsafeRawPointer) -> String {
        UnsafeRawBufferPointer(start: bytes, count: 32)
            .map { String(UInt16($0) + 0x100, radix: 16).dropFirst() }.joined()
    }
}
