package import AccessModel
package import Addressing

/// The body of issue and of rotate: the private key stays where it was made.
package struct CertificateRequest: Hashable, Sendable, Codable {
    package var publicKey: PublicKey

    package init(publicKey: PublicKey) { self.publicKey = publicKey }
}

/// The answer to issue and to rotate: everything for the `.conf` but the private key.
package struct CertificateIssued: Hashable, Sendable, Codable {
    package var publicKey: PublicKey
    package var tunnelAddress: IPv4Address
    package var issued: Timestamp
    /// The gateway, at the endpoint that belongs into the file.
    package var gateway: GatewayAddress
    package var allowedIPs: [Prefix]
    package var keepaliveSeconds: Int
    package var mtu: Int?
    package var fileName: String
    /// True while the gateway has not acknowledged the key.
    package var pending: Bool

    package init(
        publicKey: PublicKey, tunnelAddress: IPv4Address, issued: Timestamp, gateway: GatewayAddress,
        allowedIPs: [Prefix], keepaliveSeconds: Int, mtu: Int?, fileName: String, pending: Bool
    ) {
        self.publicKey = publicKey
        self.tunnelAddress = tunnelAddress
        self.issued = issued
        self.gateway = gateway
        self.allowedIPs = allowedIPs
        self.keepaliveSeconds = keepaliveSeconds
        self.mtu = mtu
        self.fileName = fileName
        self.pending = pending
    }
}

/// `GET /api/v1/me/vpn`.
package struct VPNOverview: Hashable, Sendable, Codable {
    package var person: PersonID
    package var state: State
    package var certificate: CertificateView?
    package var counts: Counts
    /// When the present key was last heard from two places in turn, as if two devices shared it.
    package var possibleKeySharing: Timestamp?

    package enum State: String, Hashable, Sendable, Codable, CaseIterable {
        case none
        /// Issued; the gateway has not acknowledged it.
        case issuing
        case issued
        /// Rotated; the old key works until the next sync.
        case rotating
        /// Revoked; the gateway has not acknowledged it.
        case revoking
    }

    package struct Counts: Hashable, Sendable, Codable {
        package var active: Int
        package var conflict: Int
        package var unreachable: Int
        package var sessions: Int

        package init(active: Int = 0, conflict: Int = 0, unreachable: Int = 0, sessions: Int = 0) {
            self.active = active
            self.conflict = conflict
            self.unreachable = unreachable
            self.sessions = sessions
        }
    }

    package init(person: PersonID, state: State, certificate: CertificateView?, counts: Counts) {
        self.person = person
        self.state = state
        self.certificate = certificate
        self.counts = counts
    }
}

/// A person's certificate as the person may see it.
package struct CertificateView: Hashable, Sendable, Codable {
    package var publicKey: PublicKey
    package var tunnelAddress: IPv4Address
    package var issued: Timestamp
    package var keyed: Timestamp
    package var pending: Bool

    package init(
        publicKey: PublicKey, tunnelAddress: IPv4Address, issued: Timestamp, keyed: Timestamp, pending: Bool
    ) {
        self.publicKey = publicKey
        self.tunnelAddress = tunnelAddress
        self.issued = issued
        self.keyed = keyed
        self.pending = pending
    }
}

/// `GET /api/v1/me/vpn/routes`: rows in the page's order.
package struct RoutePage: Hashable, Sendable, Codable {
    package var rows: [RouteRow]
    /// The cursor of the next page; `nil` at the end.
    package var next: String?

    package init(rows: [RouteRow], next: String? = nil) {
        self.rows = rows
        self.next = next
    }
}

/// The answer to Refresh.
package struct RefreshAnswer: Hashable, Sendable, Codable {
    package var changed: Bool
    package var pending: Bool
    package var revision: UInt64

    package init(changed: Bool, pending: Bool, revision: UInt64) {
        self.changed = changed
        self.pending = pending
        self.revision = revision
    }
}

/// The answer to "use this park".
package struct WinnerAnswer: Hashable, Sendable, Codable {
    package var row: RouteRow
    package var pending: Bool
    package var revision: UInt64

    package init(row: RouteRow, pending: Bool, revision: UInt64) {
        self.row = row
        self.pending = pending
        self.revision = revision
    }
}

/// The answer to a revoke that the gateway has not acknowledged yet.
package struct PendingAnswer: Hashable, Sendable, Codable {
    package var pending: Bool
    package var revision: UInt64

    package init(pending: Bool, revision: UInt64) {
        self.pending = pending
        self.revision = revision
    }
}

/// `GET /api/v1/me/vpn/sessions`: newest first.
package struct SessionPage: Hashable, Sendable, Codable {
    package var rows: [SessionRow]

    package init(rows: [SessionRow]) { self.rows = rows }
}

/// A row of *Recent connections*.
package struct SessionRow: Hashable, Sendable, Codable, Identifiable {
    package var id: String
    package var started: Timestamp
    /// The last authenticated packet of an ended row.
    package var ended: Timestamp?
    package var isOnline: Bool
    package var durationSeconds: Double
    package var source: IPv4Address
    package var place: String
    /// Inner IP bytes, both ways.
    package var bytesUp: UInt64
    package var bytesDown: UInt64
    /// Why it ended: `idle`, `rotated`, `roamed`, `gateway-stopped`.
    package var reason: String?

    package init(
        id: String, started: Timestamp, ended: Timestamp?, isOnline: Bool, durationSeconds: Double,
        source: IPv4Address, place: String, bytesUp: UInt64, bytesDown: UInt64, reason: String? = nil
    ) {
        self.id = id
        self.started = started
        self.ended = ended
        self.isOnline = isOnline
        self.durationSeconds = durationSeconds
        self.source = source
        self.place = place
        self.bytesUp = bytesUp
        self.bytesDown = bytesDown
        self.reason = reason
    }
}
