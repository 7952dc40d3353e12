/// What is left to do on a packet that a TUN device gave, or may be left to the device on one that it gets.
package struct PacketOffload: Hashable, Sendable {
    package enum Kind: UInt8, Hashable, Sendable {
        /// One packet as it goes over the wire.
        case whole
        /// A TCP segment longer than the path carries: to be cut into several.
        case segments
        /// UDP datagrams of one size behind one header: to be cut into several.
        case datagrams
    }

    package var kind: Kind
    /// How many bytes behind the transport header each part takes; the last may take fewer.
    package var partBytes: Int
    /// The transport checksum holds the pseudo header's sum only.
    package var needsChecksum: Bool
    /// Where the summed bytes begin, and how far behind it the checksum lies.
    package var checksumStart: Int
    package var checksumOffset: Int

    package init(
        kind: Kind, partBytes: Int, needsChecksum: Bool, checksumStart: Int, checksumOffset: Int
    ) {
        self.kind = kind
        self.partBytes = partBytes
        self.needsChecksum = needsChecksum
        self.checksumStart = checksumStart
        self.checksumOffset = checksumOffset
    }

    /// A packet with nothing left to do.
    package static let nothing = Self(
        kind: .whole, partBytes: 0, needsChecksum: false, checksumStart: 0, checksumOffset: 0)
}
