package import Addressing

/// What a fixture may switch about access.
package struct AccessPolicy: Hashable, Sendable, Codable {
    /// Who has a contested range before anybody chose.
    package var defaultWinner: DefaultWinner
    /// What a row says while its plant's agent is offline.
    package var offlineAgent: OfflineAgent
    /// Where tunnel addresses come from; the first one is the gateway's own.
    package var pool: Prefix

    package enum DefaultWinner: String, Hashable, Sendable, Codable, CaseIterable {
        /// The incumbent, else the longest held claim, else the lowest plant id.
        case earliestGrant = "earliest-grant"
        /// Nobody until chosen.
        case none
    }

    package enum OfflineAgent: String, Hashable, Sendable, Codable, CaseIterable {
        case unreachable
        /// The guide's wording: provisioned means active.
        case active
    }

    package static let standardPool = Prefix(around: IPv4Address(100, 64, 0, 0), length: 10)

    package init(
        defaultWinner: DefaultWinner = .earliestGrant, offlineAgent: OfflineAgent = .unreachable,
        pool: Prefix = standardPool
    ) {
        self.defaultWinner = defaultWinner
        self.offlineAgent = offlineAgent
        self.pool = pool
    }
}
