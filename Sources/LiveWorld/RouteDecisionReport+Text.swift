import AccessModel
import ControlProtocol

extension RouteDecisionReport {
    /// The control plane's own records in lines: what the gateway had, and what waits if that is something else.
    var lines: [String] {
        guard let newest else {
            let rest = forgotten > 0 ? "; \(forgotten) decisions are too long ago to be known" : ""
            return ["control plane: nothing was decided for \(person) up to then\(rest)"]
        }
        var lines = [(applied ?? newest).line(person, isApplied: applied != nil)]
        if let applied, applied.revision != newest.revision { lines.append(newest.line(person, isApplied: false)) }
        if let delay { lines.append(delay) }
        return lines
    }

    /// How far the gateway was behind.
    private var delay: String? {
        guard let published, let acknowledged else { return nil }
        guard published.revision > acknowledged.revision else {
            return "gateway acknowledged revision \(acknowledged.revision) at \(acknowledged.at.timeOfDay), the newest"
        }
        let behind = Int((at.seconds(since: published.at) * 1000).rounded())
        return "gateway acknowledged revision \(acknowledged.revision), current \(published.revision) "
            + "(published at \(published.at.timeOfDay), \(behind) ms behind)"
    }
}

extension RouteDecisionRecord {
    func line(_ person: PersonID, isApplied: Bool) -> String {
        let head = "control plane revision \(revision) at \(at.timeOfDay)\(isApplied ? "" : ", not applied then")"
        guard let decision else { return "\(head): \(person) has no certificate in force" }
        let claimants = decision.claimants.map(\.text).joined(separator: ", ")
        guard !claimants.isEmpty else { return "\(head): no plant of \(person)'s claims \(decision.address)" }
        let verdict = decision.owner.map { "winner \($0)" } ?? "no winner"
        return "\(head): claimants \(claimants); \(verdict), \(reason(of: decision))"
    }

    private func reason(of decision: RouteDecision) -> String {
        switch decision.reason {
        case .noClaimant: "nobody claims it"
        case .noAgent: "no claimant has an agent"
        case .onlyClaimant: "the only claimant with an agent"
        case .picked: picked.map { "picked at \($0.timeOfDay)" } ?? "picked"
        case .incumbent: "it had the range before"
        case .heldLongest: "held longest"
        case .nobodyChosen: "and nobody chose"
        }
    }
}

extension RouteDecision.Claimant {
    fileprivate var text: String {
        let since = since == .beginning ? nil : "since \(since.day)"
        let agent: String? =
            switch state {
            case .noAgent: "no agent"
            case .offline: "agent offline"
            case .online: nil
            }
        let details = [since, agent].compactMap { $0 }
        return "\(plant)\(details.isEmpty ? "" : " (\(details.joined(separator: ", ")))")"
    }
}
