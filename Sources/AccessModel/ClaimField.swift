import Addressing

/// A person's claims laid out over the address space, ascending, wider prefixes first.
///
/// Prefixes nest or are disjoint, so the claims around an address are a stack, and those inside a claim follow it.
struct ClaimField {
    struct Entry {
        let claim: Claim
        let state: PlantState
        /// The plants in ascending order of their ids, numbered: cheaper to compare than text.
        let plant: Int
    }

    /// Claims of other plants that overlap one.
    struct Rivals {
        var listed: [RouteID] = []
        var count = 0

        mutating func add(_ claim: Claim) {
            count += 1
            if listed.count < RouteConflict.mostRivals {
                listed.append(RouteID(plant: claim.plant, subnet: claim.subnet))
            }
        }
    }

    let entries: [Entry]

    init(claims: [Claim], states: [PlantID: PlantState]) {
        let plants = Set(claims.map(\.plant)).sorted()
        let numbers = Dictionary(uniqueKeysWithValues: plants.enumerated().map { ($1, $0) })
        entries =
            claims
            .map { Entry(claim: $0, state: states[$0.plant] ?? .noAgent, plant: numbers[$0.plant] ?? 0) }
            .sorted { ($0.claim.subnet, $0.plant) < ($1.claim.subnet, $1.plant) }
    }

    /// For each entry, the entries of other plants that overlap it; only plants with an agent count.
    func rivals() -> [Rivals] {
        var rivals = Array(repeating: Rivals(), count: entries.count)
        for (index, entry) in entries.enumerated() where entry.state != .noAgent {
            var inner = index + 1
            while inner < entries.count, entry.claim.subnet.contains(entries[inner].claim.subnet) {
                let other = entries[inner]
                if other.state != .noAgent, other.plant != entry.plant {
                    rivals[index].add(other.claim)
                    rivals[inner].add(entry.claim)
                }
                inner += 1
            }
        }
        return rivals
    }

    /// Decides every address.
    ///
    /// - Parameters:
    ///   - picks: newest first.
    ///   - incumbents: disjoint, ascending.
    func segments(
        picks: [Pick], incumbents: [OwnedRange], default winner: AccessPolicy.DefaultWinner
    ) -> [OwnedRange] {
        var table: [OwnedRange] = []
        var stack: [Int] = []
        var nextEntry = 0
        var nextIncumbent = 0
        let cuts = cuts(incumbents: incumbents)
        for (lower, end) in zip(cuts, cuts.dropFirst()) {
            let segment = AddressRange(IPv4Address(number: UInt32(lower)), IPv4Address(number: UInt32(end - 1)))
            while let top = stack.last, entries[top].claim.subnet.range.upper < segment.lower { stack.removeLast() }
            while nextEntry < entries.count, entries[nextEntry].claim.subnet.address == segment.lower {
                stack.append(nextEntry)
                nextEntry += 1
            }
            while nextIncumbent < incumbents.count, incumbents[nextIncumbent].range.upper < segment.lower {
                nextIncumbent += 1
            }
            guard !stack.isEmpty else { continue }
            var incumbent: PlantID?
            if nextIncumbent < incumbents.count, incumbents[nextIncumbent].range.contains(segment.lower) {
                incumbent = incumbents[nextIncumbent].owner
            }
            let owner = owner(at: segment.lower, among: stack, picks: picks, incumbent: incumbent, default: winner)
            append(OwnedRange(range: segment, owner: owner?.claim.plant, state: owner?.state ?? .noAgent), to: &table)
        }
        return table
    }

    /// Every address at which the answer may change, ascending.
    private func cuts(incumbents: [OwnedRange]) -> [UInt64] {
        var cuts: [UInt64] = []
        cuts.reserveCapacity(2 * (entries.count + incumbents.count))
        for range in entries.map(\.claim.subnet.range) + incumbents.map(\.range) {
            cuts.append(UInt64(range.lower.number))
            cuts.append(UInt64(range.upper.number) + 1)
        }
        cuts.sort()
        var unique: [UInt64] = []
        for cut in cuts where unique.last != cut { unique.append(cut) }
        return unique
    }

    private func owner(
        at address: IPv4Address, among stack: [Int], picks: [Pick], incumbent: PlantID?,
        default winner: AccessPolicy.DefaultWinner
    ) -> Entry? {
        choice(at: address, among: stack, picks: picks, incumbent: incumbent, default: winner).entry
    }

    /// The rule itself, with the reason that decided.
    private func choice(
        at address: IPv4Address, among stack: [Int], picks: [Pick], incumbent: PlantID?,
        default winner: AccessPolicy.DefaultWinner
    ) -> (entry: Entry?, reason: RouteDecision.Reason, pick: UInt64?) {
        let claimants = stack.filter { entries[$0].state != .noAgent }
        guard let first = claimants.first else { return (longestHeld(stack), .noAgent, nil) }
        guard claimants.contains(where: { entries[$0].plant != entries[first].plant }) else {
            return (entries[first], .onlyClaimant, nil)
        }
        for pick in picks where pick.subnet.contains(address) {
            let chosen = claimants.first {
                entries[$0].claim.plant == pick.plant && entries[$0].claim.subnet == pick.subnet
            }
            if let chosen { return (entries[chosen], .picked, pick.order) }
        }
        guard winner == .earliestGrant else { return (nil, .nobodyChosen, nil) }
        if let incumbent, let holder = claimants.first(where: { entries[$0].claim.plant == incumbent }) {
            return (entries[holder], .incumbent, nil)
        }
        return (longestHeld(claimants), .heldLongest, nil)
    }

    /// Decides one address and says why; the same rule as `segments`.
    func decision(
        at address: IPv4Address, picks: [Pick], incumbents: [OwnedRange], default winner: AccessPolicy.DefaultWinner
    ) -> RouteDecision {
        let stack = entries.indices.filter { entries[$0].claim.subnet.contains(address) }
        let incumbent = incumbents.first { $0.range.contains(address) }?.owner
        let claimants = stack.map { RouteDecision.Claimant(claim: entries[$0].claim, state: entries[$0].state) }
        guard !stack.isEmpty else {
            return RouteDecision(address: address, claimants: [], owner: nil, subnet: nil, reason: .noClaimant)
        }
        let choice = choice(at: address, among: stack, picks: picks, incumbent: incumbent, default: winner)
        return RouteDecision(
            address: address, claimants: claimants, owner: choice.entry?.claim.plant,
            subnet: choice.entry?.claim.subnet, reason: choice.reason, pick: choice.pick)
    }

    private func longestHeld(_ indices: [Int]) -> Entry? {
        indices.lazy.map { entries[$0] }.min { ($0.claim.since, $0.plant) < ($1.claim.since, $1.plant) }
    }

    private func append(_ entry: OwnedRange, to table: inout [OwnedRange]) {
        if let last = table.last, last.owner == entry.owner, last.state == entry.state,
            UInt64(last.range.upper.number) + 1 == UInt64(entry.range.lower.number)
        {
            table[table.count - 1].range = AddressRange(last.range.lower, entry.range.upper)
        } else {
            table.append(entry)
        }
    }
}
