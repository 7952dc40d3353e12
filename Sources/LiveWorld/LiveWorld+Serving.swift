import AccessModel
import Addressing
import ControlProtocol
import DeviceModel
package import LabProtocol
package import ScenarioModel
import WireGuardProtocol

/// A lab that stays up for people at other terminals.
extension LiveWorld {
    /// Gives every person who has a laptop a certificate on the first of them and connects it.
    package func connectEverybody() async throws(WorldProblem) {
        var seen: Set<PersonID> = []
        for laptop in fixture.laptops where seen.insert(laptop.id.person).inserted {
            try await obtainProfile(for: laptop.id)
            _ = try await perform(Action(.connect(.init(laptop.id))))
        }
    }

    /// Issues, or takes the file that an earlier lab left on the laptop; rotates when the certificate has another key by now.
    private func obtainProfile(for laptop: LaptopID) async throws(WorldProblem) {
        let overview: VPNOverview = try await api.call(.get, "/api/v1/me/vpn", bearer: bearer(of: laptop.person))
        guard let certificate = overview.certificate else {
            _ = try await perform(Action(.issue(.init(laptop)), actor: laptop.person))
            return
        }
        if let profile = profiles[laptop], let configuration = try? ConfigurationText.parse(profile),
            configuration.privateKey.publicKey == certificate.publicKey
        {
            holders[laptop.person] = laptop
            return
        }
        _ = try await perform(Action(.rotate(.init(laptop)), actor: laptop.person))
        _ = try await perform(Action(.refresh(.init(laptop.person)), actor: laptop.person))
    }

    /// Puts back what an earlier lab with this folder left: files on laptops, and what was wrong on purpose.
    package func restore() async throws(WorldProblem) {
        guard let kept, isContinued else { return }
        for laptop in fixture.laptops { profiles[laptop.id] = kept.profile(on: laptop.id) }
    }

    /// Faults come last: they must not keep the lab from coming up.
    package func restoreFaults() async throws {
        guard let kept, isContinued else { return }
        for fault in try kept.faults() { try await inject(fault) }
    }

    /// Answers another terminal.
    package func answer(_ request: LabRequest) async -> LabReply {
        do {
            switch request {
            case .status: return .status(try await status())
            case .token(let person):
                guard let token = secrets.people[person] else {
                    return .refusal("there is no person '\(person)'; there are \(list(fixture.people.map(\.text)))")
                }
                return .text(token)
            case .configuration(let laptop): return try await profile(of: laptop)
            case .explain(let laptop, let service, let moment):
                return await explain(laptop: laptop, service, at: moment)
            case .export: return .text(try await exportedState())
            case .perform, .record, .resume: return .refusal("this lab does not do that")
            case .fault(let text): return try await inject(typed: text)
            case .heal(let id): return try await healByHand(id)
            }
        } catch {
            return .refusal("\(error)")
        }
    }

    /// The `.conf` that lies on a laptop; the control plane has none to give.
    private func profile(of name: String) async throws -> LabReply {
        guard let laptop = LaptopID(name), fixture.laptop(laptop) != nil else {
            return .refusal("there is no laptop '\(name)'; there are \(list(fixture.laptops.map(\.id.description)))")
        }
        guard let profile = profiles[laptop] else {
            let holder = holders[laptop.person].map { "; the profile of \(laptop.person) lies on \($0)" } ?? ""
            return .refusal("no profile was ever downloaded to \(laptop)\(holder)")
        }
        guard let exposed = options.exposed else { return .text(profile) }
        if connected.contains(laptop) { _ = try await perform(Action(.disconnect(.init(laptop)))) }
        var configuration = try ConfigurationText.parse(profile)
        for index in configuration.peers.indices { configuration.peers[index].endpoint = exposed.endpoint }
        // Unsaid, the client would take the MTU of the host's loopback, and its large packets would fit through no tunnel behind.
        configuration.mtuBytes = configuration.mtuBytes ?? LabLayout.tunnelMTUBytes
        return .text(ConfigurationText.render(configuration))
    }

    private func status() async throws -> LabStatus {
        let agents: [PlantID: AgentState] = try await agentStates()
        var plantRows: [LabStatus.Plant] = []
        for plant in fixture.plants {
            var devices: [LabStatus.Device] = []
            for device in plant.devices {
                let health = try await health(of: DeviceReference(plant: plant.id, device: device.name))
                devices.append(
                    .init(
                        name: device.name, address: device.address, port: device.port, kind: device.type.rawValue,
                        counters: health.counters, acWatts: health.acWatts))
            }
            plantRows.append(
                .init(
                    plant: plant.id, agent: agents[plant.id].map(\.word) ?? "unprovisioned",
                    subnets: plant.subnets.map(\.prefix), devices: devices))
        }
        var laptopRows: [LabStatus.Laptop] = []
        for laptop in fixture.laptops {
            let tunnel = try await tunnelState(of: laptop.id)
            let rows = try await routeRows(of: laptop.id.person)
            laptopRows.append(
                .init(
                    name: laptop.id.description, tunnel: tunnel.word.rawValue,
                    routes: rows.map { .init(subnet: $0.subnet, plant: $0.plant, status: $0.status.rawValue) }))
        }
        return LabStatus(
            name: options.name, fixture: fixture.title, controlPlane: "http://\(LabLayout.controlPlane)/",
            web: options.web.map { "http://\($0.endpoint)/" },
            exposed: options.exposed?.endpoint, plants: plantRows, laptops: laptopRows,
            counters: try await gatewayCounters())
    }

    private func list(_ names: [String]) -> String { names.sorted().joined(separator: ", ") }
}

extension AgentState {
    fileprivate var word: String {
        switch (isProvisioned, isUp) {
        case (false, _): "unprovisioned"
        case (true, false): "down"
        case (true, true): "up"
        }
    }
}

extension LabProtocol.TunnelState {
    /// The same in a scenario's words.
    var word: Condition.TunnelState {
        guard isConnected else { return .down }
        // A keypair is refused by both sides 180 s after its handshake.
        guard let lastHandshakeAge, lastHandshakeAge < 180 else { return .idle }
        return .up
    }
}
