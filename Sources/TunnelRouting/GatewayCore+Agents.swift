package import Timebase

extension GatewayCore {
    /// Tells whether an agent was heard lately; until told, it was not.
    ///
    /// The incumbent keeps its plant while it lives; else the living agent of lowest id takes over, and flows are cut, because the
    /// plant's address translation knows them in the first agent only.
    package mutating func setLive(_ isLive: Bool, agent peer: PeerSlot, at now: Moment) {
        guard case .agent(let slot) = role(of: peer), agents[Int(slot)].isLive != isLive else { return }
        agents[Int(slot)].isLive = isLive
        let plant = agents[Int(slot)].plant
        let before = plants[Int(plant)].chosen
        choose(plant: plant)
        if plants[Int(plant)].chosen != before { cutFlowsWithoutAgent(at: now) }
    }

    mutating func choose(plant: Int32) {
        let plant = Int(plant)
        let incumbent = plants[plant].chosen
        if incumbent >= 0, agents[Int(incumbent)].isLive { return }
        if let live = plants[plant].agents.first(where: { agents[Int($0)].isLive }) {
            plants[plant].chosen = live
        } else if incumbent < 0 {
            plants[plant].chosen = plants[plant].agents.first ?? -1
        }
    }
}
