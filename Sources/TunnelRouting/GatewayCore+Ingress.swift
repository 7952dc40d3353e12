package import Addressing
import ControlProtocol

extension GatewayCore {
    /// What each peer may send from: a person's tunnel address, an agent's subnets, which overlap with those of others.
    package var ingressPrefixes: [PeerSlot: [Prefix]] {
        var prefixes: [PeerSlot: [Prefix]] = [:]
        for entry in view.people {
            guard let slot = personSlots[entry.person] else { continue }
            prefixes[PeerSlot(index: people[Int(slot)].peer)] = [Prefix(around: entry.tunnelAddress, length: 32)]
        }
        for entry in view.agents {
            guard let slot = agentSlots[entry.agent] else { continue }
            prefixes[PeerSlot(index: agents[Int(slot)].peer)] = entry.subnets
        }
        return prefixes
    }
}
