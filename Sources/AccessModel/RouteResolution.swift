package import Addressing

/// What one person's claims come to: the rows to show and the table to route by.
///
/// Pure. Each address is decided by itself: among the plants that claim it and have an agent, the newest pick that
/// covers it, else the incumbent, else the claim held longest, else the lowest plant id. So two overlapping subnets
/// conflict wherever they meet and nowhere else, and a winner keeps its whole subnet.
package struct RouteResolution: Hashable, Sendable {
    /// In the order of `RouteRow.precedes`.
    package let rows: [RouteRow]
    /// Disjoint, ascending; neighbours that lead to the same place are one range.
    package let table: [OwnedRange]

    /// - Parameters:
    ///   - claims: what the person may reach.
    ///   - picks: the person's choices, in any order.
    ///   - states: plants that are missing have no agent.
    ///   - incumbents: the table as last released for this person.
    package init(
        claims: [Claim], picks: [Pick] = [], states: [PlantID: PlantState], incumbents: [OwnedRange] = [],
        policy: AccessPolicy
    ) {
        let field = ClaimField(claims: claims, states: states, picks: picks)
        table = field.segments(
            incumbents: policy.defaultWinner == .none ? [] : incumbents.filter(\.isIncumbency),
            default: policy.defaultWinner)
        rows = Self.rows(of: field, in: table, offlineAgent: policy.offlineAgent)
    }

    /// Where one address leads and why: the same answer as the table's, with the claimants beside it.
    package static func decision(
        at address: IPv4Address, claims: [Claim], picks: [Pick], states: [PlantID: PlantState],
        incumbents: [OwnedRange], policy: AccessPolicy
    ) -> RouteDecision {
        ClaimField(claims: claims.filter { $0.subnet.contains(address) }, states: states, picks: picks).decision(
            at: address, incumbents: policy.defaultWinner == .none ? [] : incumbents.filter(\.isIncumbency),
            default: policy.defaultWinner)
    }

    private static func rows(
        of field: ClaimField, in table: [OwnedRange], offlineAgent: AccessPolicy.OfflineAgent
    ) -> [RouteRow] {
        let rivals = field.rivals()
        return field.inPageOrder(contested: { rivals[$0].count > 0 }).map { number in
            row(
                of: field.claims[number], state: field.states[number], rivals: rivals[number], in: table,
                offlineAgent: offlineAgent)
        }
    }

    private static func row(
        of claim: Claim, state: PlantState, rivals: ClaimField.Rivals, in table: [OwnedRange],
        offlineAgent: AccessPolicy.OfflineAgent
    ) -> RouteRow {
        guard state != .noAgent else { return RouteRow(claim: claim, status: .unreachable, reason: .noAgent) }
        let offline: RouteReason? = state == .offline ? .agentOffline : nil
        var conflict: RouteConflict?
        if rivals.count > 0 {
            let shadowed = shadowedParts(of: claim, in: table)
            conflict = RouteConflict(
                group: claim.subnet, role: shadowed.isEmpty ? .winner : .loser, rivals: rivals.listed,
                rivalCount: rivals.count, shadowed: shadowed)
        }
        if conflict?.role == .loser {
            return RouteRow(claim: claim, status: .conflict, reason: offline, conflict: conflict)
        }
        guard offline != nil, offlineAgent == .unreachable else {
            return RouteRow(claim: claim, status: .active, reason: offline, conflict: conflict)
        }
        return RouteRow(claim: claim, status: .unreachable, reason: offline, conflict: conflict)
    }

    /// The parts of the claim's subnet that the table gives to another plant or to nobody.
    private static func shadowedParts(of claim: Claim, in table: [OwnedRange]) -> [Prefix] {
        let subnet = claim.subnet.range
        var parts: [AddressRange] = []
        var index = table.partitioningIndex { $0.range.upper >= subnet.lower }
        while index < table.count, table[index].range.lower <= subnet.upper {
            let entry = table[index]
            index += 1
            guard entry.owner != claim.plant else { continue }
            let part = AddressRange(max(entry.range.lower, subnet.lower), min(entry.range.upper, subnet.upper))
            if let last = parts.last, last.upper.number + 1 == part.lower.number {
                parts[parts.count - 1] = AddressRange(last.lower, part.upper)
            } else {
                parts.append(part)
            }
        }
        return parts.flatMap(\.prefixes)
    }
}
