import AccessModel
import Addressing
import ControlProtocol
import LabProtocol
import ScenarioModel

/// `explain-packet`: the way of a packet through the lab, from its own records.
extension LiveWorld {
    func explain(laptop name: String, _ service: Endpoint, at moment: Timestamp?) async -> LabReply {
        guard let laptop = LaptopID(name), fixture.laptop(laptop) != nil else {
            let known = fixture.laptops.map(\.id.description).sorted().joined(separator: ", ")
            return .refusal("there is no laptop '\(name)'; there are \(known)")
        }
        if let moment, moment > .now { return .refusal("\(moment) has not been yet") }
        if service.address == LabLayout.gatewayTunnelAddress {
            return .outcome(
                text:
                    "\(laptop) -> \(service.address) is the gateway itself: it answers a ping and nothing else, and no table "
                    + "leads there", status: 0)
        }
        let story = await story(from: laptop, to: service, at: moment)
        let text = service.port == 0 ? "\(service.address)" : "\(service)"
        var lines = ["\(laptop) -> \(text), as of \((moment ?? .now).description)\(moment == nil ? " (now)" : "")"]
        lines += story.chain(isPast: moment != nil).enumerated().map { index, hop in
            "  \(index + 1) \(hop.node.padded(8)) \(hop.text)"
        }
        lines += ["verdict: \(story.verdict)", "records:"] + story.lines.map { "  \($0)" }
        if let changes = story.control?.changes, changes.count > 1 {
            lines += ["owners of \(service.address) before:"]
            lines += changes.dropLast().map { "  \($0.line(laptop.person, isApplied: true))" }
        }
        return .outcome(text: lines.joined(separator: "\n"), status: 0)
    }
}

extension String {
    fileprivate func padded(_ width: Int) -> String { self + String(repeating: " ", count: max(0, width - count)) }
}

extension PacketStory {
    /// Hop by hop, as far as the packet comes.
    ///
    /// - Parameter isPast: what only the present knows, tunnels and agents, is then left out.
    func chain(isPast: Bool) -> [(node: String, text: String)] {
        var hops = [("laptop", isPast ? "known for now only: \(first)" : first)]
        guard isTunnelled || isPast else { return hops }
        guard let decision = control?.applied?.decision, let owner = decision.owner else {
            hops.append(("gateway", refusal))
            return hops
        }
        let subnet = decision.subnet
        guard decision.claimants.contains(where: { $0.plant == owner && $0.state == .online }) else {
            hops.append(("gateway", "\(route(subnet, owner)), but \(refusal)"))
            return hops
        }
        hops.append(("gateway", "\(route(subnet, owner)) (revision \(control?.applied?.revision ?? 0))"))
        hops.append(("agent", isPast ? "\(owner)" : agent(owner)))
        hops.append(
            (
                "device",
                devices[owner].map { "\($0)" } ?? "nothing of the fixture lives at \(service.address) in \(owner)"
            ))
        return hops
    }

    /// How it ends.
    var verdict: String {
        if !isTunnelled { return "never reaches the gateway" }
        guard let decision = control?.applied?.decision, let owner = decision.owner,
            decision.claimants.contains(where: { $0.plant == owner && $0.state == .online })
        else { return refusal }
        return "forwarded to \(owner)"
    }

    /// Why the gateway does not forward it, by the applied decision.
    private var refusal: String {
        guard let decision = control?.applied?.decision else { return "refused: no certificate, so no tunnel" }
        switch decision.reason {
        case .noClaimant: return "refused: no entry in the person's table, ICMP 3/13"
        case .nobodyChosen: return "refused: several plants claim it and nobody chose, ICMP 3/0"
        case .noAgent, .onlyClaimant, .picked, .incumbent, .heldLongest:
            return "refused: the plant has no live agent, ICMP 3/0"
        }
    }
}
