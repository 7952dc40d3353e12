import AccessModel
import Addressing
import Browser
import ControlProtocol
import Foundation
import LabProtocol
import LinuxFabric
package import ScenarioModel
import Timebase

/// Coming up and going down.
extension LiveWorld {
    package func start() async throws(WorldProblem) {
        do {
            try await bringUp()
        } catch let problem as WorldProblem {
            throw problem
        } catch {
            throw WorldProblem(.environment, "the lab does not come up: \(error)")
        }
    }

    private func bringUp() async throws {
        try prepareInternet()
        try FileManager.default.createDirectory(atPath: LabLayout.stateFolder, withIntermediateDirectories: true)
        try writeDeskFiles()
        try prepareCapture()
        // All at once: each asks again until those that it needs are there.
        async let controlPlane: Void = startControlPlane()
        async let gateway: Void = startGateway()
        async let laptops: Void = startLaptops()
        async let plants: Void = startPlants()
        _ = try await (controlPlane, gateway, laptops, plants)
        if isContinued { try await provisionAnew() }
        let own = try await ownAgents()
        if isContinued { try await waitForTunnels(of: own) }
        try await waitForAgents(own)
        reports.forgetApplied()
        watchRecords()
    }

    /// The conductor's own network is the internet; the gateway lives in it too.
    private func prepareInternet() throws {
        let home = try NetworkNamespace.bindHome(at: LabLayout.path(of: "internet"))
        _ = try NetworkNamespace.bindHome(at: LabLayout.path(of: "gateway"))
        try home.apply(.internet(LabLayout.internetPrefixes))
    }

    /// Gives everybody in the lab a home of its own, in which OpenSSH finds the keys of the service PCs.
    ///
    /// OpenSSH asks the password file for the home, so the lab has one of its own too; the host's files are never written.
    private func writeDeskFiles() throws {
        let folder = "\(LabLayout.home)/.ssh"
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        for (name, text) in try DeskFiles(for: fixture, seed: options.seed).files.sorted(by: { $0.key < $1.key }) {
            let path = "\(folder)/\(name)"
            try Data(text.utf8).write(to: URL(fileURLWithPath: path))
            try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: path)
        }
        let accounts = try String(contentsOfFile: "/etc/passwd", encoding: .utf8).split(separator: "\n")
        let ours = ["root:x:0:0:technician:\(LabLayout.home):/bin/sh"] + accounts.filter { !$0.hasPrefix("root:") }
        let passwords = "\(LabLayout.stateFolder)/passwd"
        try Data((ours.joined(separator: "\n") + "\n").utf8).write(to: URL(fileURLWithPath: passwords))
        try Mounts.bind(passwords, over: "/etc/passwd")
    }

    func startControlPlane() async throws {
        let descriptors = options.web.map { [LabDescriptors.web: $0.descriptor] } ?? [:]
        let link = try RoleLink<ControlPlaneConversation>(
            .init(
                databasePath: options.keptDatabasePath ?? "\(LabLayout.stateFolder)/control-plane.sqlite",
                seed: try seed(), listen: LabLayout.controlPlane,
                webDescriptor: options.web?.descriptor),
            lab: options.name, folder: LabLayout.stateFolder, descriptors: descriptors)
        controlPlane = link
        try await follow(link, node: "control-plane") { [weak self] event in
            guard case .question(let id, let question) = event else { return }
            // An order may end the very process that passed it on.
            Task {
                guard let self else { return }
                let answer = await self.answer(question)
                _ = try? await link.ask(.answer(id: id, answer))
            }
        }
    }

    func startGateway() async throws {
        guard !options.isGatewayExternal else { return try leaveGatewayFree() }
        let descriptors = options.exposed.map { [LabDescriptors.exposed: $0.descriptor] } ?? [:]
        var configuration = GatewayConversation.Configuration(
            privateKey: secrets.gatewayKey, endpoint: LabLayout.gateway,
            exposedDescriptor: options.exposed?.descriptor, controlPlane: LabLayout.controlPlane,
            bearer: secrets.gatewayToken, tunnelAddress: LabLayout.gatewayTunnelAddress,
            pool: fixture.controlPlane.pool, answersRefusals: fixture.controlPlane.refuseWith == .icmp,
            peerReportSeconds: peerReportSeconds, seed: options.seed)
        configuration.agentSilenceSeconds = Span(fixture.controlPlane.agentOfflineAfter).seconds
        configuration.capture = capture?.forGateway
        configuration.isStrict = fixture.controlPlane.handshakes == .strict
        let link = try RoleLink<GatewayConversation>(
            configuration, lab: options.name, folder: LabLayout.stateFolder, descriptors: descriptors)
        gateway = link
        try await follow(link, node: "gateway") { [reports] in reports.take($0) }
        _ = try await link.ask(.watch)
    }

    private var peerReportSeconds: Double { min(5, Span(fixture.controlPlane.keepalive).seconds) }

    /// Writes down what a gateway from elsewhere needs, for whoever runs it at the gateway's node.
    private func leaveGatewayFree() throws {
        let place = GatewayPlace(
            privateKey: Base64.encode(secrets.gatewayKey), endpoint: LabLayout.gateway,
            controlPlane: "http://\(LabLayout.controlPlane)", token: secrets.gatewayToken,
            tunnelAddress: LabLayout.gatewayTunnelAddress, pool: fixture.controlPlane.pool,
            answersRefusals: fixture.controlPlane.refuseWith == .icmp, peerReportSeconds: peerReportSeconds)
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        let data = try encoder.encode(place)
        guard
            FileManager.default.createFile(
                atPath: GatewayPlace.path, contents: data, attributes: [.posixPermissions: 0o600])
        else { throw WorldProblem(.environment, "\(GatewayPlace.path) cannot be written") }
        onGatewayAwaited?()
    }

    private func startLaptops() async throws {
        let machines = fixture.laptops.map { laptop in
            LaptopsConversation.Laptop(name: laptop.id.description, wanAddress: laptop.wan, homeLAN: laptop.homeLAN)
        }
        var configuration = LaptopsConversation.Configuration(laptops: machines, seed: options.seed)
        configuration.capture = laptopsCapture
        let link = try RoleLink<LaptopsConversation>(
            configuration, lab: options.name, folder: LabLayout.stateFolder)
        laptops = link
        try await follow(link, node: "laptops") { [reports] event in
            guard case .handshakeCompleted(let name) = event, let laptop = LaptopID(name) else { return }
            reports.handshakeCompleted(laptop)
        }
    }

    private func startPlants() async throws {
        let sites = try fixture.plants.map { plant in
            var tokens: [AgentID: String] = [:]
            for (id, agent) in plant.agents where !isContinued && plant.isListed && !agent.isExternal {
                tokens[id] = secrets.enrolment[id]
            }
            return try SitePlan(plant, seed: options.seed, enrolmentTokens: tokens)
        }
        // At least one, which says that there is no such plant.
        for first in stride(from: 0, to: max(sites.count, 1), by: PlantProcesses.plantsPerProcess) {
            let share = Array(sites[first..<min(first + PlantProcesses.plantsPerProcess, sites.count)])
            let number = first / PlantProcesses.plantsPerProcess
            var configuration = PlantsConversation.Configuration(
                plants: share, controlPlane: LabLayout.controlPlane,
                agentPort: LabLayout.agentPort + UInt16(number), pool: fixture.controlPlane.pool, seed: options.seed,
                keyFolder: kept?.agents)
            configuration.clock = fixture.plantClock
            configuration.capture = plantsCapture
            let link = try RoleLink<PlantsConversation>(
                configuration, lab: options.name, folder: LabLayout.stateFolder, number: number)
            plants.add(link, with: share.map(\.plant))
        }
        for link in plants.links {
            try await follow(link, node: "plants") { [reports] event in
                guard case .up(let plant) = event else { return }
                reports.change("\(plant)/agent", .agent(plant, isUp: true), "the agent's tunnel is up")
            }
        }
    }

    /// Waits until the role is ready, then passes on what it reports for as long as it runs.
    private func follow<Talk: Conversation>(
        _ link: RoleLink<Talk>, node: String, _ take: @escaping @Sendable (Talk.Event) -> Void
    ) async throws {
        var events = link.events.makeAsyncIterator()
        guard let first = await events.next() else { throw RoleProblem.gone(Talk.role) }
        take(first)
        tasks.append(
            Task { [reports] in
                for await event in link.events { take(event) }
                reports.change(node, .process, "the process ended")
            })
    }

    /// A lab that stays up is asked by other terminals, and a scenario's connections end with it.
    package func finish() async {
        for connection in connections.values { connection.close() }
        connections = [:]
        for fault in faults { fault.cycle?.cancel() }
        for poller in pollers.values { poller.stop() }
        for program in programs.values { program.end() }
        for task in tasks { task.cancel() }
        await driver?.quit()
        (driver, browsers) = (nil, [:])
        await laptops?.kill()
        await plants.kill()
        await gateway?.kill()
        await controlPlane?.kill()
        (laptops, gateway, controlPlane) = (nil, nil, nil)
        plants = PlantProcesses()
        namespaces = [:]
        tasks = []
        reports.finish()
    }
}
