import AccessModel
import ControlProtocol

extension ControlState {
    /// The person's rows: as the gateway has applied them, with what still waits.
    func rows(of person: PersonID) -> [RouteRow] {
        guard intent.certificates[person] != nil, intent.people[person]?.isActive == true else { return [] }
        var wanted: [RouteID: Claim] = [:]
        for claim in intent.claims(of: person, by: index) {
            wanted[RouteID(plant: claim.plant, subnet: claim.subnet)] = claim
        }
        var rows = applied(person).rows
        for index in rows.indices where wanted.removeValue(forKey: rows[index].id) == nil {
            rows[index].pending = .remove
        }
        rows += wanted.values.map {
            RouteRow(claim: $0, status: .unreachable, reason: .notApplied, pending: .add)
        }
        return rows.sorted(by: RouteRow.precedes)
    }

    func applied(_ person: PersonID) -> PersonRelease.Content {
        histories[person]?.applied(acknowledged: counters.acknowledged) ?? PersonRelease.Content()
    }

    func released(_ person: PersonID) -> PersonRelease.Content {
        histories[person]?.released ?? PersonRelease.Content()
    }

    /// Whether a tick would change the person's entry or rows, or the gateway has yet to acknowledge the last ones.
    func isPending(_ person: PersonID) -> Bool {
        if histories[person]?.isAhead(of: counters.acknowledged) == true { return true }
        guard dirty.contains(person) else { return false }
        var copy = self
        let key = intent.certificates[person]?.publicKey
        var pool = ResolutionPool()
        guard let content = try? copy.content(for: person, key: key, at: .beginning, sharing: &pool) else {
            return true
        }
        return content.entry != released(person).entry || content.rows != released(person).rows
    }

    func overview(of person: PersonID, sessions: Int) -> VPNOverview {
        let applied = applied(person).entry
        guard let certificate = intent.certificates[person] else {
            return VPNOverview(
                person: person, state: applied == nil ? .none : .revoking, certificate: nil, counts: .init())
        }
        let state: VPNOverview.State =
            if applied?.tunnelAddress != certificate.tunnelAddress {
                .issuing
            } else if applied?.publicKey != certificate.publicKey {
                .rotating
            } else {
                .issued
            }
        var counts = VPNOverview.Counts(sessions: sessions)
        for row in rows(of: person) {
            switch row.status {
            case .active: counts.active += 1
            case .conflict: counts.conflict += 1
            case .unreachable: counts.unreachable += 1
            }
        }
        return VPNOverview(
            person: person, state: state,
            certificate: CertificateView(
                publicKey: certificate.publicKey, tunnelAddress: certificate.tunnelAddress,
                issued: certificate.issued, keyed: certificate.keyed, pending: state != .issued),
            counts: counts)
    }

    /// What a gateway that holds `since` has to be told, oldest first; empty when it holds everything.
    func revisions(since: UInt64) -> [Revision] {
        if since == counters.revision { return [] }
        let deltas = recent.filter { $0.number > since }
        guard since > 0, since < counters.revision, deltas.first?.number == since + 1 else { return [snapshot] }
        return deltas
    }
}
