package import Addressing

/// What a `.conf` file says: one interface and its peers.
package struct TunnelConfiguration: Equatable, Sendable {
    /// An address of the interface with the length that `Address` gives it, host bits kept.
    package struct InterfaceAddress: Hashable, Sendable {
        package var address: IPv4Address
        package var length: Int

        /// - Precondition: `length` lies in 0...32.
        package init(_ address: IPv4Address, length: Int = 32) {
            precondition((0...32).contains(length), "a prefix length is a number from 0 to 32")
            self.address = address
            self.length = length
        }
    }

    package struct Peer: Equatable, Sendable {
        package var publicKey: PublicKey
        package var presharedKey: PresharedKey?
        package var endpoint: Endpoint?
        package var allowedIPs: [Prefix]
        /// `nil` where there is none; zero and `off` are read as none.
        package var persistentKeepaliveSeconds: UInt16?

        package init(
            publicKey: PublicKey, presharedKey: PresharedKey? = nil, endpoint: Endpoint? = nil,
            allowedIPs: [Prefix], persistentKeepaliveSeconds: UInt16? = nil
        ) {
            self.publicKey = publicKey
            self.presharedKey = presharedKey
            self.endpoint = endpoint
            self.allowedIPs = allowedIPs
            self.persistentKeepaliveSeconds = persistentKeepaliveSeconds
        }
    }

    package var privateKey: PrivateKey
    package var addresses: [InterfaceAddress]
    package var mtuBytes: Int?
    package var peers: [Peer]

    package init(
        privateKey: PrivateKey, addresses: [InterfaceAddress], mtuBytes: Int? = nil, peers: [Peer]
    ) {
        self.privateKey = privateKey
        self.addresses = addresses
        self.mtuBytes = mtuBytes
        self.peers = peers
    }
}

/// The name of a tunnel as WireGuard clients take it from a file: 1 to 15 of `a-z A-Z 0-9 _ = + . -`.
package struct TunnelName: Hashable, Sendable, CustomStringConvertible {
    private static let suffix = ".conf"

    package let description: String

    /// - Returns: `nil` for a name that Linux or a client would refuse.
    package init?(_ name: some StringProtocol) {
        guard (1...15).contains(name.utf8.count), name != ".", name != "..",
            name.utf8.allSatisfy({ Self.isLegal($0) })
        else { return nil }
        description = String(name)
    }

    /// The name that a client gives to the tunnel of such a file.
    package init?(fileName: some StringProtocol) {
        guard fileName.hasSuffix(Self.suffix) else { return nil }
        self.init(fileName.dropLast(Self.suffix.count))
    }

    package var fileName: String { description + Self.suffix }

    private static func isLegal(_ character: UInt8) -> Bool {
        switch character {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "="), UInt8(ascii: "+"),
            UInt8(ascii: "."), UInt8(ascii: "-"):
            true
        default:
            false
        }
    }
}
