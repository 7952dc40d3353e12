import AccessModel
import Addressing
import ControlProtocol
import LabProtocol
package import ScenarioModel
import WireGuardProtocol

/// Everything that the lab's own records say about packets of one laptop for one service.
struct PacketStory {
    var laptop: LaptopID
    var service: Endpoint
    /// What the laptop does with the packet: `tun0 -> gateway (allowed 192.168.0.0/16)`.
    var first: String
    /// False: it never leaves through the tunnel.
    var isTunnelled: Bool
    /// `nil` when the control plane does not answer.
    var control: RouteDecisionReport?
    var gateway: DecisionHistory?
    var agents: [PlantID: AgentState]
    /// Devices at the address, by plant.
    var devices: [PlantID: DeviceReference]

    /// The newest packet of the person for the service, as the gateway decided it.
    var up: DecisionRecord? { gateway?.records.last { $0.isFromPerson } }

    var down: DecisionRecord? { gateway?.records.last { !$0.isFromPerson } }

    /// Who the packet went to, or would have gone to at the applied revision.
    var owner: PlantID? {
        if let up { return up.isForwarded ? up.plant : nil }
        return control?.applied?.decision?.owner
    }

    /// The records, the deciding one first.
    var lines: [String] {
        var lines: [String] = []
        if let up { lines.append(up.text) }
        if let down, down.isForwarded || up?.isForwarded == true { lines.append(down.text) }
        if gateway == nil { lines.append("gateway: it does not answer") }
        if gateway != nil, up == nil {
            let rest = gateway.map { $0.forgotten > 0 ? " (\($0.forgotten) records are too long ago)" : "" } ?? ""
            lines.append(
                "gateway: no decision about \(laptop.person) and \(service) in its log\(rest); a connection is decided "
                    + "about when it begins and when a revision changes it")
        }
        lines += control?.lines ?? ["control plane: it does not answer"]
        return lines
    }

    func agent(_ plant: PlantID) -> String {
        guard let agent = agents[plant] else { return "\(plant), agent unknown" }
        guard agent.isProvisioned else { return "\(plant), agent not provisioned" }
        return "\(plant), agent \(agent.isUp ? "up" : "down")"
    }

    /// The route of the person, in the gateway's words.
    func route(_ subnet: Prefix?, _ plant: PlantID) -> String {
        let count = control?.newest?.decision?.claimants.count ?? 0
        return
            "\(count > 1 ? "winner" : "route")(\(laptop.person), \(subnet?.description ?? "\(service.address)")) = \(plant)"
    }

    func subnet(of plant: PlantID) -> Prefix? {
        (control?.newest?.decision ?? control?.applied?.decision)?.claimants.first { $0.plant == plant }?.subnet
    }
}

extension LiveWorld {
    /// Asks everybody who knows something.
    ///
    /// - Parameters:
    ///   - moment: the records of that moment; `nil` means now.
    ///   - since: older packets are not this question's.
    func story(
        from laptop: LaptopID, to service: Endpoint, at moment: Timestamp? = nil, since: Timestamp? = nil
    ) async -> PacketStory {
        let (first, isTunnelled) = await firstHop(of: laptop, to: service.address)
        let time = moment.map { "&at=\($0.description.pathComponent)" } ?? ""
        let path = "/api/v1/lab/decisions?person=\(laptop.person.text.pathComponent)&address=\(service.address)\(time)"
        let control: RouteDecisionReport? = try? await api.call(.get, path, bearer: secrets.labToken)
        let history = await history(
            DecisionQuery(
                person: laptop.person, address: service.address, port: service.port, since: since, until: moment,
                limit: 200))
        var devices: [PlantID: DeviceReference] = [:]
        for device in fixture.devices(at: service.address) { devices[device.plant] = device }
        return PacketStory(
            laptop: laptop, service: service, first: first, isTunnelled: isTunnelled, control: control,
            gateway: history, agents: (try? await agentStates()) ?? [:], devices: devices)
    }

    /// `nil` when the gateway does not answer.
    func history(_ query: DecisionQuery) async -> DecisionHistory? {
        guard case .records(let records)? = try? await ask(GatewayConversation.Verb.records(query)) else { return nil }
        return records
    }

    /// What the laptop itself does with a packet for an address.
    private func firstHop(of laptop: LaptopID, to address: IPv4Address) async -> (text: String, isTunnelled: Bool) {
        if let home = fixture.laptop(laptop)?.homeLAN, home.contains(address) {
            return ("lan0, its own network \(home): never in the tunnel", false)
        }
        guard let state = try? await tunnelState(of: laptop), state.isConnected else { return ("no tunnel", false) }
        let allowed = profiles[laptop].flatMap { try? ConfigurationText.parse($0) }?.peers.first?.allowedIPs ?? []
        guard let prefix = allowed.filter({ $0.contains(address) }).max(by: { $0.length < $1.length }) else {
            return ("outside its allowed IPs: never in the tunnel", false)
        }
        return ("tun0 -> gateway (allowed \(prefix))", true)
    }

    package func packets(atMost limit: Int) async -> [PacketSighting] {
        let query = DecisionQuery(limit: limit)
        return (await history(query)?.records ?? []).map { record in
            PacketSighting(
                decision: record.sequence, at: record.at, person: record.person, plant: record.plant,
                isFromPerson: record.isFromPerson, source: record.source, destination: record.destination,
                transport: record.transport, port: record.isFromPerson ? record.destinationPort : record.sourcePort,
                verdict: record.verdict, isForwarded: record.isForwarded, revision: record.revision,
                count: record.packets)
        }
    }
}
