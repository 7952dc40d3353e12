import AccessModel
import Addressing

/// The rules of access once more, address by address and path by path, without a thought for speed.
///
/// Written from the requirements and not from the model: both must come to the same.
struct NaiveTwin {
    struct Subject: Hashable {
        var plant: PlantID
        var subnet: Prefix
    }

    /// Since when the person has had each subnet without a gap, as of the last step.
    private var heldSince: [Subject: Timestamp] = [:]
    /// Who had each address at the end of the last step.
    private(set) var holder: [UInt32: PlantID] = [:]

    struct Outcome {
        /// Where each claimed address leads; `nil` inside: claimed, but nobody's.
        var owner: [UInt32: PlantID?] = [:]
        var status: [Subject: RouteStatus] = [:]
        var reason: [Subject: RouteReason] = [:]
        var rivals: [Subject: Set<Subject>] = [:]
        var shadowed: [Subject: Set<UInt32>] = [:]
    }

    mutating func step(
        _ intent: Intent, person: PersonID, states: [PlantID: PlantState]
    ) -> Outcome {
        updateHoldings(intent, person)
        let claims = Array(heldSince.keys)
        let usable = claims.filter { states[$0.plant] == .online || states[$0.plant] == .offline }
        var outcome = Outcome()
        var nextHolder: [UInt32: PlantID] = [:]
        for number in Set(claims.flatMap { Array($0.subnet.range.lower.number...$0.subnet.range.upper.number) }) {
            let address = IPv4Address(number: number)
            let here = usable.filter { $0.subnet.contains(address) }
            if here.isEmpty {
                let dormant = claims.filter { $0.subnet.contains(address) }
                outcome.owner[number] = .some(oldest(dormant))
                continue
            }
            let owner = owner(of: address, among: here, intent, person)
            outcome.owner[number] = .some(owner)
            if let owner { nextHolder[number] = owner }
        }
        for claim in claims {
            judge(claim, usable: usable, states: states, intent: intent, into: &outcome)
        }
        holder = nextHolder
        return outcome
    }

    private func owner(
        of address: IPv4Address, among here: [Subject], _ intent: Intent, _ person: PersonID
    ) -> PlantID? {
        if Set(here.map(\.plant)).count == 1 { return here[0].plant }
        let picks = (intent.picks[person] ?? []).filter { pick in
            pick.subnet.contains(address) && here.contains { $0.plant == pick.plant && $0.subnet == pick.subnet }
        }
        if let newest = picks.max(by: { $0.order < $1.order }) { return newest.plant }
        if intent.policy.defaultWinner == .none { return nil }
        if let before = holder[address.number], here.contains(where: { $0.plant == before }) { return before }
        return oldest(here)
    }

    private func oldest(_ claims: [Subject]) -> PlantID? {
        claims.min {
            let (left, right) = (heldSince[$0] ?? .beginning, heldSince[$1] ?? .beginning)
            return left == right ? $0.plant < $1.plant : left < right
        }?.plant
    }

    private func judge(
        _ claim: Subject, usable: [Subject], states: [PlantID: PlantState], intent: Intent, into outcome: inout Outcome
    ) {
        guard usable.contains(claim) else {
            outcome.status[claim] = .unreachable
            outcome.reason[claim] = .noAgent
            return
        }
        let isOffline = states[claim.plant] == .offline
        if isOffline { outcome.reason[claim] = .agentOffline }
        let rivals = usable.filter { $0.plant != claim.plant && $0.subnet.range.overlaps(claim.subnet.range) }
        var shadowed: Set<UInt32> = []
        for number in claim.subnet.range.lower.number...claim.subnet.range.upper.number
        where outcome.owner[number] != .some(claim.plant) {
            shadowed.insert(number)
        }
        outcome.rivals[claim] = Set(rivals)
        outcome.shadowed[claim] = shadowed
        if !shadowed.isEmpty {
            outcome.status[claim] = .conflict
        } else if isOffline, intent.policy.offlineAgent == .unreachable {
            outcome.status[claim] = .unreachable
        } else {
            outcome.status[claim] = .active
        }
    }

    private mutating func updateHoldings(_ intent: Intent, _ person: PersonID) {
        var now: [Subject: Timestamp] = [:]
        for (id, plant) in intent.plants {
            for subnet in plant.subnets {
                let paths = pathStarts(intent, person, to: id, plant, subnet)
                guard let earliest = paths.min() else { continue }
                let subject = Subject(plant: id, subnet: subnet.prefix)
                now[subject] = min(earliest, heldSince[subject] ?? earliest)
            }
        }
        heldSince = now
    }

    /// When each way to the subnet began: grant times membership, of the owner or through a cooperation.
    private func pathStarts(
        _ intent: Intent, _ person: PersonID, to id: PlantID, _ plant: Plant, _ subnet: Subnet
    ) -> [Timestamp] {
        guard intent.people[person]?.isActive == true,
            let owner = intent.portfolios[plant.portfolio]?.organization
        else { return [] }
        func covers(_ place: Place) -> Bool {
            place == .plant(id) || place == .portfolio(plant.portfolio) || place == .organization(owner)
        }
        var starts: [Timestamp] = []
        for grant in intent.grants[person] ?? [] where covers(grant.place) {
            if let member = intent.organizations[owner]?.members[person], member.jobRole == .operator {
                starts.append([grant.since, member.since, subnet.since].max() ?? .beginning)
            }
            for cooperation in intent.cooperations.values {
                guard cooperation.owner == owner, cooperation.state == .accepted, cooperation.cap == .operator,
                    cooperation.members.sorted.contains(person), cooperation.shares.sorted.contains(where: covers),
                    let member = intent.organizations[cooperation.partner]?.members[person],
                    member.jobRole == .operator
                else { continue }
                starts.append([grant.since, member.since, cooperation.since, subnet.since].max() ?? .beginning)
            }
        }
        return starts
    }
}
