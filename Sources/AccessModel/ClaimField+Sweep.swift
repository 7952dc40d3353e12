import Addressing

extension ClaimField {
    /// Decides every address.
    ///
    /// - Parameter incumbents: disjoint, ascending.
    func segments(incumbents: [OwnedRange], default winner: AccessPolicy.DefaultWinner) -> [OwnedRange] {
        var table: [OwnedRange] = []
        table.reserveCapacity(stretches.count)
        var stack: [Int] = []
        var next = 0
        var nextIncumbent = 0
        let cuts = cuts(incumbents: incumbents)
        for (lower, end) in zip(cuts, cuts.dropFirst()) {
            let address = IPv4Address(number: UInt32(lower))
            while let top = stack.last, !stretches[top].subnet.contains(address) { stack.removeLast() }
            while next < stretches.count, stretches[next].subnet.address == address {
                stack.append(next)
                next += 1
            }
            guard !stack.isEmpty else { continue }
            while nextIncumbent < incumbents.count, incumbents[nextIncumbent].range.upper < address {
                nextIncumbent += 1
            }
            let choice = choice(among: stack, default: winner) {
                guard nextIncumbent < incumbents.count, incumbents[nextIncumbent].range.contains(address) else {
                    return nil
                }
                return incumbents[nextIncumbent].owner
            }
            append(
                OwnedRange(
                    range: AddressRange(address, IPv4Address(number: UInt32(end - 1))),
                    owner: choice.claim.map { claims[$0].plant }, state: choice.claim.map { states[$0] } ?? .noAgent),
                to: &table)
        }
        return table
    }

    /// Decides one address and says why; the same rule as `segments`.
    func decision(
        at address: IPv4Address, incumbents: [OwnedRange], default winner: AccessPolicy.DefaultWinner
    ) -> RouteDecision {
        let stack = stretches.indices.filter { stretches[$0].subnet.contains(address) }
        guard !stack.isEmpty else {
            return RouteDecision(address: address, claimants: [], owner: nil, subnet: nil, reason: .noClaimant)
        }
        let claimants = stack.flatMap { order[stretches[$0].claimants] }
        let choice = choice(among: stack, default: winner) { incumbents.first { $0.range.contains(address) }?.owner }
        return RouteDecision(
            address: address,
            claimants: claimants.map { RouteDecision.Claimant(claim: claims[$0], state: states[$0]) },
            owner: choice.claim.map { claims[$0].plant }, subnet: choice.claim.map { claims[$0].subnet },
            reason: choice.reason, pick: choice.pick)
    }

    /// The rule itself, with the reason that decided.
    private func choice(
        among stack: [Int], default winner: AccessPolicy.DefaultWinner, incumbent: () -> PlantID?
    ) -> (claim: Int?, reason: RouteDecision.Reason, pick: UInt64?) {
        guard let first = stack.first(where: { !stretches[$0].contenders.isEmpty }) else {
            return (longestHeld(stack.lazy.map { stretches[$0].longest }), .noAgent, nil)
        }
        let sole = live[stretches[first].contenders.lowerBound]
        guard isContested(stack, by: plant(of: sole)) else { return (sole, .onlyClaimant, nil) }
        if let pick = stack.compactMap({ stretches[$0].pick }).max(by: { $0.order < $1.order }) {
            return (pick.claim, .picked, pick.order)
        }
        guard winner == .earliestGrant else { return (nil, .nobodyChosen, nil) }
        if let plant = incumbent().flatMap({ plant(named: $0) }),
            let holder = stack.lazy.compactMap({ contender(of: plant, in: stretches[$0]) }).first
        {
            return (holder, .incumbent, nil)
        }
        return (longestHeld(stack.lazy.compactMap { stretches[$0].longestContender }), .heldLongest, nil)
    }

    /// Whether another plant than this one contends.
    private func isContested(_ stack: [Int], by plant: Int) -> Bool {
        stack.contains { index in
            let contenders = stretches[index].contenders
            return contenders.count > 1
                || contenders.count == 1 && self.plant(of: live[contenders.lowerBound]) != plant
        }
    }

    private func longestHeld(_ numbers: some Sequence<Int>) -> Int? {
        numbers.min { (claims[$0].since, plant(of: $0)) < (claims[$1].since, plant(of: $1)) }
    }

    /// Every address at which the answer may change, ascending.
    private func cuts(incumbents: [OwnedRange]) -> [UInt64] {
        var cuts: [UInt64] = []
        cuts.reserveCapacity(2 * (stretches.count + incumbents.count))
        for stretch in stretches { cuts.append(UInt64(stretch.subnet.address.number)) }
        for stretch in stretches { cuts.append(UInt64(stretch.subnet.range.upper.number) + 1) }
        for incumbent in incumbents {
            cuts.append(UInt64(incumbent.range.lower.number))
            cuts.append(UInt64(incumbent.range.upper.number) + 1)
        }
        cuts.sort()
        var unique: [UInt64] = []
        unique.reserveCapacity(cuts.count)
        for cut in cuts where unique.last != cut { unique.append(cut) }
        return unique
    }

    private func append(_ entry: OwnedRange, to table: inout [OwnedRange]) {
        if let last = table.last, last.state == entry.state,
            UInt64(last.range.upper.number) + 1 == UInt64(entry.range.lower.number), last.owner == entry.owner
        {
            table[table.count - 1].range = AddressRange(last.range.lower, entry.range.upper)
        } else {
            table.append(entry)
        }
    }
}
