package import Addressing

/// Where one address leads for one person, who else claims it, and which rule decided.
package struct RouteDecision: Hashable, Sendable, Codable {
    package var address: IPv4Address
    /// Every plant that claims the address, with an agent or without.
    package var claimants: [Claimant]
    /// `nil` when nobody claims it, or several do and nobody was chosen.
    package var owner: PlantID?
    /// The owner's subnet around the address.
    package var subnet: Prefix?
    package var reason: Reason
    /// The order of the choice that decided; greater is newer.
    package var pick: UInt64?

    /// Which rule decided; see `RouteResolution`.
    package enum Reason: String, Hashable, Sendable, Codable, CaseIterable {
        case noClaimant = "no-claimant"
        /// Nobody who claims it has an agent; the row of the one that held it longest is shown.
        case noAgent = "no-agent"
        case onlyClaimant = "only-claimant"
        /// The person chose.
        case picked
        case incumbent
        case heldLongest = "held-longest"
        /// Several claim it, and the policy gives it to nobody before somebody chooses.
        case nobodyChosen = "nobody-chosen"
    }

    package struct Claimant: Hashable, Sendable, Codable {
        package var plant: PlantID
        package var subnet: Prefix
        package var since: Timestamp
        package var state: PlantState

        package init(claim: Claim, state: PlantState) {
            plant = claim.plant
            subnet = claim.subnet
            since = claim.since
            self.state = state
        }
    }

    package init(
        address: IPv4Address, claimants: [Claimant], owner: PlantID?, subnet: Prefix?, reason: Reason,
        pick: UInt64? = nil
    ) {
        self.address = address
        self.claimants = claimants
        self.owner = owner
        self.subnet = subnet
        self.reason = reason
        self.pick = pick
    }
}
