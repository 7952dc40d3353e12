import AccessModel
import Addressing
import ControlProtocol
import DeviceModel
package import LabProtocol
package import ScenarioModel
import WireGuardProtocol

/// A lab that stays up for people at other terminals.
extension LiveWorld {
    /// Gives every person who has a laptop a certificate on the first of them and connects it; in a lab that comes back, connects
    /// the laptop that holds the person's key, and leaves certificates as they are.
    package func connectEverybody() async throws(WorldProblem) {
        var seen: Set<PersonID> = []
        for person in fixture.laptops.map(\.id.person) where seen.insert(person).inserted {
            guard let laptop = try await laptopWithProfile(of: person) else { continue }
            _ = try await perform(Action(.connect(.init(laptop))))
        }
    }

    /// - Returns: `nil` when the person may not act, has given the certificate back, or holds it on a client of their own.
    private func laptopWithProfile(of person: PersonID) async throws(WorldProblem) -> LaptopID? {
        let laptops = fixture.laptops.map(\.id).filter { $0.person == person }
        let overview: VPNOverview
        do {
            overview = try await api.call(.get, "/api/v1/me/vpn", bearer: bearer(of: person))
        } catch {
            guard error.kind == .refused(name: "deactivated") else { throw error }
            return nil
        }
        guard let certificate = overview.certificate else {
            // Somebody had a profile here already: who has no certificate now has revoked it.
            guard profiles.isEmpty || !isContinued, let first = laptops.first else { return nil }
            _ = try await perform(Action(.issue(.init(first)), actor: person))
            return first
        }
        let holder = laptops.first { laptop in
            let configuration = profiles[laptop].flatMap { try? ConfigurationText.parse($0) }
            return configuration?.privateKey.publicKey == certificate.publicKey
        }
        if let holder { holders[person] = holder }
        return holder
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
            case .capture(true): return .text(try await beginCapture(limitBytes: CaptureOptions.servedLimitBytes))
            case .capture(false):
                try await endCapture()
                return .text("")
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
            // Who is deactivated sees no table.
            let rows = (try? await routeRows(of: laptop.id.person)) ?? []
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
